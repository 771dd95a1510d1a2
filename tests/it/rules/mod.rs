//! Documents of rules on a real Prometheus.
//!
//! The reload table (facts: prometheus.md section 2), row by row:
//!
//! - ok: `once::fifty_documents_are_one_reload_and_one_of_them_is_one_file`
//! - bad expr, field, YAML, template, duration, duplicate group, unknown top key, no expr:
//!   `refusals::somebodys_*`, `faults::a_refusal_that_nobody_can_explain_names_what_was_written`, `refused::a_broken_file_of_ours_*`
//! - bad prometheus.yml; wildcard in a directory part: `refusals::a_bad_prometheus_yml`
//! - new scrape config + bad rule file: `refusals::a_scrape_configuration_that_a_refused_reload_puts_in_force`
//! - bad file in scrape_config_files (from 2.43): `refusals::a_bad_file_of_scrape_config_files`
//! - empty rule file: `quiet::an_empty_rule_file`; two YAML documents: `quiet::two_yaml_documents`
//! - two identical rules: `quiet::two_identical_rules`, `quiet::two_rules_of_one_series_and_different_values`
//! - `**.yml`, `{a,b}`, a glob that matches nothing, a literal file that is missing:
//!   `quiet::globs_that_mean_something_else`, `refused::a_directory_that_no_glob_picks_*`
//! - label name: `refusals::a_label_name_that_only_newer_servers_take`
//! - lifecycle off: `refused::a_server_that_takes_no_reload_*`
//! - same group name in two files: `quiet::one_group_name_in_two_files`
//! - whitespace and annotation edits: `quiet::edits_that_keep_a_firing_alert`, `once::cosmetic_edits_are_no_change`
//! - auto-reload (from 2.55): `newer::a_server_that_reloads_by_itself`, `newer::a_rollback_without_a_reload`
//! - start with a bad rule file: the end of `refusals::somebodys_broken_file_of_every_sort`
//! - reload during a long evaluation: `quiet::a_reload_during_a_long_evaluation`
//! - limit exceeded, many-to-one: `refused::a_rule_that_fails_when_it_is_evaluated_is_rolled_back`
//! - query_offset on a running group (from 2.53): `newer::a_query_offset_on_a_running_group`

mod bed;
mod both;
mod corpus;
mod differential;
mod drift;
mod expected;
mod faults;
mod kept;
mod killed;
mod locks;
mod neighbours;
mod newer;
mod odd;
mod once;
mod pair;
mod preview;
mod quiet;
mod refusals;
mod refused;
mod resets;
mod torn;
mod wire;
