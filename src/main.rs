//! The `natsform` program; everything is in the library.

fn main() -> std::process::ExitCode {
    natsform::cli::run()
}
