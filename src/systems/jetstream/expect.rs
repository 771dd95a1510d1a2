//! What an environment may expect of a NATS server and its account.

use crate::{
    model::{Capabilities, Place, Value},
    systems::Expected,
    units,
};

/// Whether an expectation is met; `name` is its path below `expect`.
pub fn expect(place: &Place, name: &str, wanted: &Value) -> Expected {
    let capabilities = &place.capabilities;
    let text = wanted.as_str().unwrap_or_default();
    let unmet = |found: String| Expected::Unmet { wanted: text.to_owned(), found };
    match name {
        "version" if capabilities.version.fits(text) => Expected::Met,
        "version" => unmet(capabilities.version.to_string()),
        "domain" => match capabilities.fact("domain").as_str() {
            Some(domain) if domain == text => Expected::Met,
            domain => unmet(domain.unwrap_or("none").to_owned()),
        },
        // a wrong one has ended the run already
        "cluster" => Expected::Met,
        _ => size(capabilities, name.rsplit('.').next().unwrap_or(name), wanted.as_i64()),
    }
}

/// A limit of the account; where the account has none of its own only the servers know.
fn size(capabilities: &Capabilities, name: &str, wanted: Option<i64>) -> Expected {
    let found = capabilities.fact("account")["limits"][name].as_i64().filter(|n| *n >= 0);
    match (wanted, found) {
        (Some(wanted), Some(found)) if wanted == found => Expected::Met,
        (Some(wanted), Some(found)) => {
            Expected::Unmet { wanted: units::print_size(wanted), found: units::print_size(found) }
        }
        _ => Expected::Unread("the system account"),
    }
}
