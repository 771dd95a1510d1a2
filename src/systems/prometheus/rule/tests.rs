//! The kind by itself.
