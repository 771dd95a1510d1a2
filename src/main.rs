//! The `natsform` program; everything is in the library.

// a plan of thousands of rules is made of millions of small texts: a third of its time went into the system's allocator
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    natsform::cli::run()
}
