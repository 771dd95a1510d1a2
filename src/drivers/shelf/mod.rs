//! The real shelves: a directory of this machine (for a server, or for another tool to deliver from), and programs that
//! carry files elsewhere.

mod command;
mod directory;
mod fail;
mod files;

pub use command::{CommandShelf, Commands};
pub use directory::DirectoryShelf;
