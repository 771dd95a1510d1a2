//! NF2102: a consumer is deleted. On an interest stream its unacknowledged messages go with it (measured: 60 to 0).

use crate::{model::Finding, systems::Turning};

pub fn find(turning: &Turning<'_>) -> Vec<Finding> {
    super::gone(turning, "NF2102")
}
