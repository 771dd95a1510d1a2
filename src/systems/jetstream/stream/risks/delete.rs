//! NF2001: a stream is deleted. `deny_delete` and `sealed` do not stop it (measured).

use crate::{model::Finding, systems::Turning};

pub fn find(turning: &Turning<'_>) -> Vec<Finding> {
    super::whole(turning, "NF2001", "are deleted", "the stream is empty: only its configuration goes")
}
