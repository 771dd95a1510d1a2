//! The command line itself.

use super::*;

fn all() -> Vec<clap::Command> {
    let mut root = command();
    root.build();
    let mut out = vec![root.clone()];
    out.extend(root.get_subcommands().cloned());
    out
}

#[test]
fn the_command_line_is_consistent() {
    command().debug_assert();
    environment::with_variables(command()).debug_assert();
}

#[test]
fn every_help_has_examples_and_fits_80_columns() {
    for mut command in all() {
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            let name = command.get_name();
            assert!(help.contains("Examples:\n  natsform "), "{name} has no examples");
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{name}: {line}");
            }
        }
    }
}

#[test]
fn flags_have_the_names_of_the_contract() {
    let flags = |name: &str| -> Vec<String> {
        let all = all();
        let command = all.iter().find(|c| c.get_name() == name).unwrap();
        let mut longs: Vec<String> = command.get_arguments().filter_map(|a| a.get_long()).map(Into::into).collect();
        longs.sort();
        longs
    };
    insta::assert_snapshot!(flags("apply").join(" "), @"ack adopt all-systems allow-commands allow-partial color context creds env environment-file expect-cluster file format help inbox-prefix js-api-prefix js-domain json-out lock-timeout max-deletes nkey no-lock password project prune quiet secret-dir select server target timeout tlsca tlscert tlsfirst tlskey token user verbose version yes");
    insta::assert_snapshot!(flags("plan").join(" "), @"ack adopt all-systems allow-commands color context creds detailed-exitcode env environment-file expect-cluster fail-on file format help inbox-prefix js-api-prefix js-domain json-out max-deletes nkey password project prune quiet secret-dir select server target timeout tlsca tlscert tlsfirst tlskey token user verbose version");
    insta::assert_snapshot!(flags("drift").join(" "), @"all-systems allow-commands color context creds env environment-file expect-cluster file format help inbox-prefix js-api-prefix js-domain json-out max-deletes nkey password project prune quiet secret-dir select server target timeout tlsca tlscert tlsfirst tlskey token user verbose version");
    insta::assert_snapshot!(flags("unlock").join(" "), @"all-systems allow-commands color context creds env environment-file expect-cluster file format help inbox-prefix js-api-prefix js-domain json-out nkey password project quiet secret-dir server timeout tlsca tlscert tlsfirst tlskey token user verbose version yes");
    insta::assert_snapshot!(flags("validate").join(" "), @"all-systems color env environment-file file format help json-out project quiet secret-dir verbose version");
}

#[test]
fn flags_are_understood_where_people_write_them() {
    let parse = |line: &str| Cli::try_parse_from(line.split(' '));
    let cli = parse("natsform -C x plan -e prod -t stream/A -t stream/B -l team=edr --fail-on loss -q").unwrap();
    assert_eq!(cli.global.directory.as_deref(), Some(std::path::Path::new("x")));
    assert!(cli.global.quiet);
    assert!(parse("natsform apply --auto-approve --lock-timeout 2m --ack a --ack b").is_ok());
    assert!(parse("natsform plan -f - --color never --format json --json-out x").is_ok());
    for wrong in ["natsform plan --nope", "natsform", "natsform apply --lock-timeout 5", "natsform plan -l team"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}
