//! NF2002: a stream is deleted and made again.

use crate::{model::Finding, systems::Turning};

pub fn find(turning: &Turning<'_>) -> Vec<Finding> {
    super::whole(turning, "NF2002", "are deleted with the old stream", "the stream is empty: no message goes")
}
