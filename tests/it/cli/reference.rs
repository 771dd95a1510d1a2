//! The reference of the command line: names are a contract with scripts, and every help is short and has examples.

use super::bed::TestBed;
use std::{collections::BTreeSet, fmt::Write};

const COMMANDS: [&str; 12] = [
    "validate",
    "plan",
    "apply",
    "drift",
    "init",
    "destroy",
    "unlock",
    "render",
    "explain",
    "schema",
    "completions",
    "man",
];

/// The flags that command-line.md promises of each command.
const MANIFESTS: &str = "--file --env --project --environment-file --all-systems --secret-dir";
const CONNECTION: &str = "--server --context --creds --nkey --user --password --token --tlsca --tlscert --tlskey --tlsfirst --inbox-prefix --js-domain --js-api-prefix --timeout --expect-cluster --allow-commands";
const OUTPUT: &str = "--format --json-out --color --quiet --verbose";
const SELECTION: &str = "--target --select";
const PRUNING: &str = "--prune --max-deletes";
const APPLYING: &str = "--yes --auto-approve --ack --allow-partial --lock-timeout --no-lock";

#[test]
fn reference_has_every_promised_flag() {
    let bed = TestBed::new();
    let promised = [
        ("validate", vec![MANIFESTS, OUTPUT]),
        (
            "plan",
            vec![MANIFESTS, CONNECTION, OUTPUT, SELECTION, PRUNING, "--adopt --ack --detailed-exitcode --fail-on"],
        ),
        ("apply", vec![MANIFESTS, CONNECTION, OUTPUT, SELECTION, PRUNING, APPLYING, "--adopt"]),
        ("drift", vec![MANIFESTS, CONNECTION, OUTPUT, SELECTION, PRUNING]),
        ("destroy", vec![MANIFESTS, CONNECTION, OUTPUT, SELECTION, PRUNING, APPLYING]),
        ("unlock", vec![MANIFESTS, CONNECTION, OUTPUT, "--yes"]),
        ("explain", vec![MANIFESTS, CONNECTION]),
        ("render", vec![MANIFESTS]),
    ];
    for (command, groups) in promised {
        let help = bed.run(&format!("{command} --help")).exits(0).stdout;
        let missing = |flag: &&str| !help.split([' ', ',', '\n', ']']).any(|word| word == *flag);
        let missing: Vec<&str> = groups.iter().flat_map(|g| g.split(' ')).filter(missing).collect();
        assert!(missing.is_empty(), "{command} lacks {missing:?}");
    }
}

#[test]
fn reference_fits_80_columns_and_has_examples() {
    let bed = TestBed::new();
    let mut told = BTreeSet::new();
    let mut all = bed.run("--help").exits(0).stdout;
    for command in COMMANDS {
        let short = bed.run(&format!("{command} -h")).exits(0).stdout;
        let long = bed.run(&format!("{command} --help")).exits(0).stdout;
        for help in [&short, &long] {
            assert!(help.contains("Examples:\n  natsform "), "{command} has no examples");
            assert!(help.contains("-C <DIR>"), "{command} has lost a global flag to an argument of its own");
            let wide = help.lines().find(|line| line.chars().count() > 80);
            assert_eq!(wide, None, "{command}");
        }
        let _ = write!(all, "\n=== natsform {command}\n{}", told_once(&long, &mut told));
    }
    insta::assert_snapshot!(all, @"
    Plan and apply NATS streams and consumers from YAML, without a state file

    Usage: natsform [OPTIONS] <COMMAND>

    Commands:
      validate     Check the manifests, without any server
      plan         Show what apply would do
      apply        Show what would change, ask, and do it
      drift        Tell what somebody else changed
      init         Write a starter project; nothing is ever overwritten
      destroy      Delete what the manifests declare and this project owns
      unlock       Take the lock away from whoever holds it
      render       Print the final documents as YAML
      explain      Show where an object's values come from
      schema       Print the JSON Schema (draft-07) of a kind, or of all documents
      completions  Print completions for a shell
      man          Print the manual page of natsform or of one command

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
      -C <DIR>            Change to this directory first
          --color <WHEN>  When to use colour [default: auto] [possible values: auto,
                          always, never]
      -q, --quiet         Print the result, errors and warnings only
      -v, --verbose       Show unchanged objects too, and take groups apart

    Examples:
      natsform init                  write a starter project
      natsform validate              check the manifests, without any server
      natsform plan                  show what would change
      natsform apply                 show it, ask, and do it
      natsform drift                 tell what somebody else changed

    Every --flag can be given as NATSFORM_FLAG in the environment (--json-out is
    NATSFORM_JSON_OUT). Without a project file the NATS_* variables of the nats
    command line count too.

    Exit codes: 0 success, 1 error, 2 changes (plan --detailed-exitcode, drift),
    3 refused, 4 stale, 5 locked, 6 partial, 7 incomplete read, 130/143 stopped.

    === natsform validate
    Check the manifests, without any server

    Reads every document, resolves variables and overlays, and checks each object
    and what they say of each other. It opens no connection, resolves no secret and
    runs no command.

    Usage: natsform validate [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Manifests:
      -f, --file <PATH>
              Read this file or directory (can be repeated; `-` is standard input)

              Without a project file it takes the place of one; inside a project it
              narrows to what it holds, and nothing outside it is pruned.

      -e, --env <NAME>
              Environment of the project file

          --project <ID>
              Project id, where there is no project file

          --environment-file <FILE>
              Take the connections from this file instead of the project file

          --all-systems
              Refuse documents whose system the environment does not configure

          --secret-dir <DIR>
              Let secrets be read from this directory too (can be repeated)

    Output:
          --format <FORMAT>
              Form of the result on standard output

              [default: text]
              [possible values: text, json, github]

          --json-out <FILE>
              Write the result as JSON to this file too

    Global options:
      -C <DIR>
              Change to this directory first

          --color <WHEN>
              When to use colour

              [default: auto]
              [possible values: auto, always, never]

      -q, --quiet
              Print the result, errors and warnings only

      -v, --verbose
              Show unchanged objects too, and take groups apart

    Examples:
      natsform validate                       everything that the project names
      natsform validate -e prod               with the overlays of prod
      natsform validate -f streams/           one directory, no project file needed
      natsform validate --format json         problems as JSON
      natsform validate --format github       as annotations of a workflow

    === natsform plan
    Show what apply would do

    Reads the manifests and the live systems and shows every change, its risk first.
    It writes nothing.

    Usage: natsform plan [OPTIONS]

    Options: as above

    Manifests: as above

    Connection:
          --server <URL[,URL]>
              NATS server URLs, separated by commas

          --context <NAME>
              Context of the nats command line

          --creds <FILE>
              Credentials file

          --nkey <FILE>
              File with an nkey seed

          --user <USER>
              User name

          --password <PASSWORD>
              Password of the user

          --token <TOKEN>
              Token

          --tlsca <FILE>
              File with the certificates to trust

          --tlscert <FILE>
              File with the client's certificate

          --tlskey <FILE>
              File with the client's private key

          --tlsfirst
              Start TLS before the server speaks

          --inbox-prefix <PREFIX>
              Prefix of inbox subjects

          --js-domain <DOMAIN>
              JetStream domain

          --js-api-prefix <PREFIX>
              JetStream API prefix

          --timeout <DURATION>
              Bound of one connection attempt and of one request

          --expect-cluster <NAME>
              Refuse to work with any other cluster

          --allow-commands
              Let manifests and environments run commands for secrets

    Selection:
      -t, --target <GLOB>
              Only objects whose address matches (can be repeated)

              For example `stream/ORDERS` or `consumer/ORDERS/*`. Matching nothing
              is an error; nothing outside is pruned.

      -l, --select <KEY=VALUE>
              Only objects with this label (can be repeated)

    Ownership:
          --adopt <WHICH>
              Which live objects that nobody owns may become ours

              Possible values:
              - never:    None: each blocks its step
              - matching: Those whose declared fields are equal already
              - always:   All: those that differ are changed

              [default: matching]

    Deletion:
          --prune <HOW>
              What happens to owned objects that left the manifests [default:
              report]

              Without a project file, `delete` needs `--project`.

              Possible values:
              - never:  Nothing, not even a word
              - report: They are listed
              - delete: They are deleted, under the guards

          --max-deletes <N>
              Refuse more deletes than this [default: 20, and 10 %]

    Risk:
          --ack <TOKEN>
              Acknowledge a loss, by the token that the plan shows (can be repeated)

    Output:
          --format <FORMAT>
              Form of the result on standard output

              [default: text]
              [possible values: text, json, markdown, github]

          --json-out <FILE>
              Write the result as JSON to this file too

          --detailed-exitcode
              Exit with 2 where there are changes

          --fail-on <WHAT>
              Exit with 3 where the plan holds such a thing (can be repeated)

              Possible values:
              - loss:   A loss that is not acknowledged
              - risk:   A risk or a loss that is not acknowledged
              - policy: A guard or a policy that would refuse the apply

    Global options: as above

    Examples:
      natsform plan                           the default environment
      natsform plan -e prod -t 'stream/ORD*'  some objects of prod
      natsform plan --prune delete            with what left the manifests
      natsform plan --detailed-exitcode       0 nothing to do, 2 changes
      natsform plan --format markdown         a comment for a pull request
      natsform plan -f streams/ --server nats://127.0.0.1:4222
                                              without a project file

    === natsform apply
    Show what would change, ask, and do it

    Plans as `natsform plan` does and asks before it writes. Every step is reported
    as done, already so, failed, stale or not started. Running it again does what is
    left.

    A change that destroys data is refused until it is acknowledged with the token
    that the plan shows.

    Usage: natsform apply [OPTIONS]

    Options: as above

    Manifests: as above

    Connection: as above

    Selection: as above

    Ownership: as above

    Deletion: as above

    Risk: as above

    Apply:
          --yes
              Answer the prompt with yes, and nothing else

              [alias: --auto-approve]

          --allow-partial
              Do what can be done where steps are blocked or not acknowledged

          --lock-timeout <DURATION>
              Wait this long for somebody else's lock

              [default: 0s]

          --no-lock
              Work without a lock

    Output:
          --format <FORMAT>
              Form of the result on standard output

              [default: text]
              [possible values: text, json]

          --json-out <FILE>
              Write the result as JSON to this file too

    Global options: as above

    Examples:
      natsform apply                          plan, ask, apply
      natsform apply -e prod --yes            without the question, for scripts
      natsform apply --ack 'NF2003:stream/ORDERS@APP:8c1f<=68M'
                                              with a loss that the plan showed
      natsform apply --allow-partial          what can be done now
      natsform apply --lock-timeout 2m        wait for another run to end

    === natsform drift
    Tell what somebody else changed

    Compares the live objects with what natsform last wrote: changed outside,
    missing, unowned, and how much is declared at all. It writes nothing. Exit code
    2 means drift; unowned objects do not count.

    Usage: natsform drift [OPTIONS]

    Options: as above

    Manifests: as above

    Connection: as above

    Selection: as above

    Deletion: as above

    Output:
          --format <FORMAT>
              Form of the result on standard output

              [default: text]
              [possible values: text, json, markdown, github]

          --json-out <FILE>
              Write the result as JSON to this file too

    Global options: as above

    Examples:
      natsform drift -e prod                  0 no drift, 2 drift
      natsform drift -e prod --format json    for programs
      natsform drift -t 'stream/*' -q         the report only, for cron

    === natsform init
    Write a starter project; nothing is ever overwritten

    Usage: natsform init [OPTIONS] [DIRECTORY]

    Arguments:
      [DIRECTORY]  Directory of the project (default: the working directory)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
      -C <DIR>            Change to this directory first
          --color <WHEN>  When to use colour [default: auto] [possible values: auto,
                          always, never]
      -q, --quiet         Print the result, errors and warnings only
      -v, --verbose       Show unchanged objects too, and take groups apart

    Examples:
      natsform init                           here
      natsform init messaging                 in a new directory

    === natsform destroy
    Delete what the manifests declare and this project owns

    Shows the deletes, asks, and does them, under the same guards as apply:
    protected objects stay, data is deleted only with its acknowledgement. The
    inventory bucket is left alone.

    Usage: natsform destroy [OPTIONS]

    Options: as above

    Manifests: as above

    Connection: as above

    Selection: as above

    Deletion: as above

    Risk: as above

    Apply: as above

    Output: as above

    Global options: as above

    Examples:
      natsform destroy -e local               everything of the local environment
      natsform destroy -t 'consumer/ORDERS/*' some objects only
      natsform destroy -e local --yes --max-deletes 100
                                              without the question, for scripts

    === natsform unlock
    Take the lock away from whoever holds it

    A run that ends gives its locks back, and those of one that was killed on this
    machine are taken over at once. From elsewhere the lock of a project expires
    after 30 seconds. The lease of a directory of rule files carries nobody's clock:
    only an apply that waits for it (`--lock-timeout` above 30 s) and sees it
    unchanged for so long takes it over. This is for the rest. The holder is named.

    Usage: natsform unlock [OPTIONS]

    Options: as above

    Manifests: as above

    Connection: as above

    Output:
          --format <FORMAT>
              Form of the result on standard output

              [default: text]
              [possible values: text, json]

          --json-out <FILE>
              Write the result as JSON to this file too

          --yes
              Do it without a question

              [alias: --auto-approve]

    Global options: as above

    Examples:
      natsform unlock -e prod                 ask, then take it away
      natsform unlock -e prod --yes           without the question

    === natsform render
    Print the final documents as YAML

    Variables, defaults and overlays are applied; nothing is read from a server, no
    secret is resolved.

    Usage: natsform render [OPTIONS]

    Options: as above

    Manifests: as above

    Global options: as above

    Examples:
      natsform render -e prod                 what prod declares in the end
      natsform render -f streams/ | less      of one directory

    === natsform explain
    Show where an object's values come from

    For each field: the declared value and its place, the live value, the default,
    who owns it, and what apply would do.

    Usage: natsform explain [OPTIONS] <ADDRESS>

    Arguments:
      <ADDRESS>
              Address of the object, such as `stream/ORDERS`

    Options: as above

    Manifests: as above

    Connection: as above

    Global options: as above

    Examples:
      natsform explain stream/ORDERS
      natsform explain consumer/ORDERS/billing -e prod

    === natsform schema
    Print the JSON Schema (draft-07) of a kind, or of all documents

    Usage: natsform schema [OPTIONS] [KIND]

    Arguments:
      [KIND]  Kind of document, such as `Stream`

    Options: as above

    Global options: as above

    Examples:
      natsform schema > natsform.schema.json  for an editor
      natsform schema Stream                  one kind

    === natsform completions
    Print completions for a shell

    Usage: natsform completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>  Shell to complete for [possible values: bash, elvish, fish,
               powershell, zsh]

    Options: as above

    Global options: as above

    Examples:
      natsform completions bash > /etc/bash_completion.d/natsform
      natsform completions zsh > ~/.zfunc/_natsform
      natsform completions fish > ~/.config/fish/completions/natsform.fish

    === natsform man
    Print the manual page of natsform or of one command

    Usage: natsform man [OPTIONS] [COMMAND]

    Arguments:
      [COMMAND]  Command whose page is wanted

    Options: as above

    Global options: as above

    Examples:
      natsform man | man -l -                 read it now
      natsform man apply > natsform-apply.1   one command's page
    ");
}

/// A help without the groups of flags that an earlier command has told already.
fn told_once(help: &str, told: &mut BTreeSet<String>) -> String {
    let mut groups: Vec<String> = vec![String::new()];
    for line in help.lines().map(str::trim_end) {
        if line.ends_with(':') && !line.starts_with(' ') {
            groups.push(String::new());
        }
        if let Some(group) = groups.last_mut() {
            let _ = writeln!(group, "{line}");
        }
    }
    let known = |group: String| match told.insert(group.trim_end().to_owned()) {
        true => group,
        false => format!("{} as above\n\n", group.lines().next().unwrap_or_default()),
    };
    groups.into_iter().map(known).collect()
}

#[test]
fn reference_for_shells_editors_and_man() {
    let bed = TestBed::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = bed.run(&format!("completions {shell}")).exits(0).stdout;
        for word in ["natsform", "apply", "lock-timeout", "adopt"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    bed.run("completions tcsh").exits(1);
    let man = bed.run("man").exits(0).stdout;
    assert!(man.contains(".TH") && man.contains("natsform") && man.contains("drift"), "{man}");
    for kind in ["", "Stream", "Consumer"] {
        let schema = bed.run(&format!("schema {kind}")).exits(0).json();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        jsonschema::validator_for(&schema).expect("a valid schema");
    }
    insta::assert_snapshot!(bed.run("schema Steam"), @"
    exit 1
    --- stderr
    error: no kind `Steam`; there are Stream, Consumer, PrometheusRule
    ");
}
