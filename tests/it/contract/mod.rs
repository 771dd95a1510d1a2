//! The contract: what natsform promises of every field, on every server.
//!
//! `steps_*` are data; `table` plays them through the engine, on the model and on real servers, and looks at each result
//! with code that is not natsform's (`place`, `meaning`). The other files hold what no table of single fields can show.

mod applications;
mod cluster;
mod coverage;
mod derived;
mod fields;
mod last_look;
mod meaning;
mod place;
mod project;
mod remembered;
mod steps_consumer;
mod steps_stream;
mod table;
mod untouched;
