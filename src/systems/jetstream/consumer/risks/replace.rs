//! NF2101: a consumer is deleted and made again, because the server refuses the change in place.

use crate::{model::Finding, systems::Turning};

pub fn find(turning: &Turning<'_>) -> Vec<Finding> {
    super::gone(turning, "NF2101")
}
