//! The documents that tell of the API.

use std::{collections::BTreeSet, path::Path};

use keystead::{
    domain::permission,
    http::api::{openapi, operation::Needs, operations, refusals, request::PATH_PARAMETERS},
};

use crate::support::{backend::Backend, process, site::TestSite};

// Covers: RA-05
#[test]
fn the_checked_in_document_is_that_of_the_program() {
    let kept = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json"));
    let same = kept.is_ok_and(|kept| kept == openapi::text());
    assert!(same, "docs/openapi.json is out of date: run `keystead openapi > docs/openapi.json`");
}

// Covers: RA-05
#[test]
fn the_program_prints_the_document() {
    assert_eq!(process::run(&["openapi"]).succeeded(), openapi::text());
}

// Covers: RA-05
#[test]
fn the_document_is_whole() {
    let document = openapi::document();
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for reference in text.split(r##""$ref":"#"##).skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "nothing stands at {reference}");
    }
    let described: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().map_or(0, serde_json::Map::len))
        .sum();
    assert_eq!(described, operations().len());
}

// Covers: RA-05
#[test]
fn every_row_is_sound() {
    let mut ids = BTreeSet::new();
    for row in operations() {
        assert!(ids.insert(row.id), "{} stands twice", row.id);
        assert!(!row.summary.is_empty() && !row.summary.ends_with('.'), "{}", row.id);
        for name in row.path_parameters() {
            assert!(PATH_PARAMETERS.iter().any(|known| known.name == name), "{}: {name}", row.id);
        }
        if let Needs::OneOf(names, _) = row.needs {
            assert!(names.iter().all(|name| permission::find(name).is_some()), "{}: {names:?}", row.id);
        }
        assert_eq!(row.handler.takes_body(), !row.example.is_empty(), "{}: a body needs an example", row.id);
        let statuses: BTreeSet<_> = refusals::of(&row).into_iter().map(|(_, code)| code).collect();
        assert_eq!(statuses.len(), refusals::of(&row).len(), "{}: a code has one status", row.id);
    }
}

// Covers: RA-06
#[test]
fn the_page_needs_no_script_and_nothing_from_elsewhere() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let page = server.client.get("/api/v1/docs").send();
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    // Examples of bodies name URLs; no attribute and no style does.
    for word in ["=\"http", "='http", "=http", "<script", "<link", "src=", "@import", "url(", "onload"] {
        assert!(!page.body.contains(word), "the page has {word}");
    }
    let policy = page.header("Content-Security-Policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for row in operations() {
        assert!(page.body.contains(&format!("id=\"{}\"", row.id)), "{}", row.id);
        for (_, code) in refusals::of(&row) {
            assert!(page.body.contains(&format!("<tr id=\"{code}\">")), "{code}");
        }
    }

    let document = server.client.get("/api/v1/openapi.json").send();
    assert_eq!((document.status, document.json()), (200, openapi::document()));
}
