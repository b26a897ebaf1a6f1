//! The house rules, enforced: what every file must keep, and that every promise has a test.
//!
//! Each rule is also shown a sample that breaks it, so a rule that never speaks up is noticed.

#![cfg(test)]
#![expect(clippy::string_slice, reason = "every index is the place of something found in the same text")]

#[path = "architecture/log_fields.rs"]
mod log_fields;
#[path = "architecture/requirements.rs"]
mod requirements;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use std::{collections::BTreeSet, io::Write as _};

use requirements::{Promises, Tags};
use source::Source;

type Rule = fn(&[Source]) -> Vec<String>;

/// The project keeps the rule.
fn kept(rule: Rule) {
    let files = source::project();
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the project was not found");
    let complaints = rule(&files);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// How often the rule speaks up about one file.
fn complaints(rule: Rule, path: &str, text: &str) -> usize {
    rule(&[Source::sample(path, text)]).len()
}

#[test]
fn layers_use_only_what_stands_to_their_left() {
    kept(rules::layer_order);
}

#[test]
fn the_layer_rule_sees_every_way_to_name_a_layer() {
    let judge = |path, text| complaints(rules::layer_order, path, text);
    assert_eq!(judge("src/domain/x.rs", "use crate::store::Pool;"), 1);
    assert_eq!(judge("src/domain/x.rs", "fn f() { crate::http::serve() }"), 1);
    assert_eq!(judge("src/store/x.rs", "use crate::{domain::ids, live::{self, head}, oauth};"), 2);
    assert_eq!(judge("src/store/x.rs", "use super::super::live;"), 1);
    assert_eq!(judge("src/store/x/y.rs", "use super::super::super::{domain, manage};"), 1);
    assert_eq!(judge("src/store/mod.rs", "use super::live;"), 1);
    assert_eq!(judge("src/store/x.rs", "keystead::cli::run();"), 1);
    assert_eq!(judge("src/oauth/x.rs", "use crate::manage::keys;"), 1);
    assert_eq!(judge("src/manage/x.rs", "use crate::oauth::token;"), 1);
    assert_eq!(judge("src/jobs.rs", "use crate::http::server;"), 1);
    assert_eq!(judge("src/helpers/x.rs", ""), 1);
}

#[test]
fn the_layer_rule_lets_the_left_and_the_own_layer_pass() {
    let judge = |path, text| complaints(rules::layer_order, path, text);
    assert_eq!(judge("src/http/oauth/x.rs", "use crate::{cli_text, oauth::token, http::state}; use super::jobs;"), 0);
    assert_eq!(
        judge("src/domain/x.rs", "// crate::store\nuse crate::domain::ids; use super::store; my_crate::store();"),
        0
    );
    assert_eq!(judge("src/main.rs", "use keystead::cli;"), 0);
}

#[test]
fn diesel_stays_in_the_store() {
    kept(rules::diesel_only_in_store);
    assert_eq!(
        complaints(rules::diesel_only_in_store, "src/live/x.rs", "use diesel::sql_query; diesel_migrations::run();"),
        2
    );
    assert_eq!(complaints(rules::diesel_only_in_store, "src/store/x.rs", "use diesel::prelude::*;"), 0);
    assert_eq!(
        complaints(rules::diesel_only_in_store, "src/live/x.rs", "// diesel\nlet dieselization = \"diesel\";"),
        0
    );
}

#[test]
fn actix_stays_in_http() {
    kept(rules::actix_only_in_http);
    assert_eq!(complaints(rules::actix_only_in_http, "src/oauth/x.rs", "use actix_web::web;"), 1);
    assert_eq!(complaints(rules::actix_only_in_http, "src/http/x.rs", "use actix_web::web;"), 0);
}

#[test]
fn files_are_short() {
    kept(rules::short_files);
    assert_eq!(complaints(rules::short_files, "src/domain/x.rs", &"\n".repeat(401)), 1);
    assert_eq!(complaints(rules::short_files, "tests/x.rs", &"\n".repeat(400)), 0);
}

#[test]
fn the_product_does_not_panic() {
    kept(rules::no_panics);
    let panics = "a.unwrap(); b\n.expect(c); panic!(); todo!(); unimplemented!();";
    assert_eq!(complaints(rules::no_panics, "src/domain/x.rs", panics), 5);
    assert_eq!(complaints(rules::no_panics, "src/domain/x.rs", &format!("#[cfg(test)]\nmod tests {{ {panics} }}")), 0);
    assert_eq!(complaints(rules::no_panics, "src/domain/x.rs", "#[expect(lint)] a.unwrap_or(\"panic!\")"), 0);
    let in_own_file = [
        Source::sample("src/domain/x.rs", "#[cfg(test)]\nmod tests;"),
        Source::sample("src/domain/x/tests.rs", panics),
    ];
    assert!(rules::no_panics(&in_own_file).is_empty());
}

#[test]
fn no_lint_is_switched_off() {
    kept(rules::no_allowed_lints);
    assert_eq!(complaints(rules::no_allowed_lints, "src/domain/x.rs", "#![allow(a)]\n#[allow(b)]\n#[expect(c)]"), 2);
    assert_eq!(complaints(rules::no_allowed_lints, "tests/x.rs", "#[allow(b)]"), 1);
}

#[test]
fn every_file_says_what_it_is_responsible_for() {
    kept(rules::headed_files);
    assert_eq!(complaints(rules::headed_files, "src/domain/x.rs", "use a;\n//! Late.\n"), 1);
    assert_eq!(complaints(rules::headed_files, "src/domain/x.rs", "//! Early.\n"), 0);
}

#[test]
fn both_databases_have_the_same_migrations() {
    kept(rules::paired_migrations);
    assert_eq!(complaints(rules::paired_migrations, "migrations/sqlite/0001_keys/up.sql", ""), 1);
    assert_eq!(complaints(rules::paired_migrations, "migrations/postgres/0001_keys/up.sql", ""), 1);
}

#[test]
fn nothing_points_into_one_machine() {
    kept(rules::no_local_paths);
    assert_eq!(
        complaints(rules::no_local_paths, "docs/x.md", concat!("see /wo", "rk/notes and /ro", "ot/.profile")),
        2
    );
}

// Covers: K13
#[test]
fn events_of_the_log_have_the_fields_that_the_manual_names_and_no_others() {
    let files = source::project();
    let manual = files.iter().find(|file| file.path == "docs/OPERATIONS.md").expect("docs/OPERATIONS.md exists");
    let product = files.iter().filter(|file| file.path.starts_with("src/"));
    let used: BTreeSet<String> = product.flat_map(log_fields::used).collect();
    assert_eq!(
        used,
        log_fields::named(&manual.text),
        "on the left what events have, on the right what the manual names"
    );

    let sample = "tracing::warn!(target: X, id = f(a, b), %error, ?done, password, \"no, field\"); other!(x);";
    let found = log_fields::used(&Source::sample("src/domain/x.rs", sample));
    assert_eq!(found, ["done", "error", "id", "password"].map(str::to_owned).into());
    assert_eq!(log_fields::named("Fields of the log: `a`,\n`b_c`.\n\nand `d`"), ["a", "b_c"].map(str::to_owned).into());
}

#[test]
fn every_promise_has_a_test_and_every_tag_a_promise() {
    let files = source::project();
    let list = files.iter().find(|file| file.path == "docs/requirements.md").expect("docs/requirements.md exists");
    let (promises, tags) = (Promises::read(list), Tags::collect(&files));
    let hint = promises.to_move_up(&tags);
    if !hint.is_empty() {
        // Past the test harness, which swallows what a passing test prints.
        writeln!(std::io::stderr(), "{hint}").expect("stderr is open");
    }
    let complaints = promises.complaints(&tags);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_promise_check_finds_what_is_missing_on_either_side() {
    let judge = |list: &str, test: &str| {
        let promises = Promises::read(&Source::sample("docs/requirements.md", list));
        let tags = Tags::collect(&[Source::sample("tests/x.rs", test)]);
        (promises.complaints(&tags).len(), promises.to_move_up(&tags))
    };
    let nothing = String::new;
    assert_eq!(judge("- **A1** text\n", "// Covers: A1\n#[test]\n"), (0, nothing()));
    assert_eq!(
        judge("- **A1** text\n- **B-02** text\n", "    // Covers: A1\n    // why\n    #[test]\n"),
        (1, nothing())
    );
    assert_eq!(judge("", "// Covers: A1, L040\n#[test]\n"), (2, nothing()));
    assert_eq!(judge("- **A1** text\n- **A1** text\n", "// Covers: A1\n#[test]\n"), (1, nothing()));
    assert_eq!(judge("- **A1**\n- **a1** text\n", ""), (2, nothing()));
    assert_eq!(judge("- **A1** text\n", "// Covers: A1\nfn helper() {}\n"), (1, nothing()));
    assert_eq!(judge("- **A1** text\n", "// Covers: A1,\n#[test]\n"), (1, nothing()));
    let (complaints, hint) =
        judge("## Promised, not yet proven\n- **A1** text\n- **A2** text\n", "// Covers: A2\n#[test]\n");
    assert_eq!((complaints, hint.as_str()), (0, "docs/requirements.md, move them up: A2 (tests/x.rs:1)"));
    assert_eq!(judge("## Promised, not yet proven\n## Tokens\n- **A1** text\n", ""), (1, nothing()));
}
