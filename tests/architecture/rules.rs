//! The rules of the house, each a function from files to complaints.

use std::collections::BTreeSet;
use std::path::Path;

use crate::source::Source;

/// From left to right; those in one row stand side by side and may not use each other.
const LAYERS: [&[&str]; 9] = [
    &["domain"],
    &["metrics"],
    &["crypto"],
    &["config"],
    &["store"],
    &["live"],
    &["oauth", "manage"],
    &["http", "jobs"],
    &["cli"],
];

/// The two files that stand above all layers.
const ROOTS: [&str; 2] = ["src/lib.rs", "src/main.rs"];

/// Lines a file may have.
const LONGEST: usize = 400;

/// A layer uses itself and what stands to its left, and every folder of `src` is a layer.
pub(crate) fn layer_order(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| is_rust(file, &["src/"]) && !ROOTS.contains(&file.path.as_str())) {
        let modules = modules_of(&file.path);
        let Some(own) = modules.first().and_then(|layer| rank(layer)) else {
            complaints.push(format!("{}: belongs to no layer; name the layer in the table of this rule", file.path));
            continue;
        };
        let code = file.code();
        for (at, used) in uses(&code, modules.len()) {
            if let Some(other) = rank(&used)
                && other >= own
                && modules.first() != Some(&used)
            {
                complaints.push(format!("{}: {} may not use {used}", line_of(file, at), modules[0]));
            }
        }
    }
    complaints
}

/// SQL stays in the store.
pub(crate) fn diesel_only_in_store(files: &[Source]) -> Vec<String> {
    crate_only_in(files, "diesel", "src/store/")
}

/// HTTP machinery stays in the outermost layer that speaks HTTP.
pub(crate) fn actix_only_in_http(files: &[Source]) -> Vec<String> {
    crate_only_in(files, "actix", "src/http/")
}

/// A file fits in a head.
pub(crate) fn short_files(files: &[Source]) -> Vec<String> {
    let lines = |file: &Source| file.text.lines().count();
    files
        .iter()
        .filter(|file| is_rust(file, &["src/", "tests/", "benches/", "examples/"]) && lines(file) > LONGEST)
        .map(|file| {
            format!("{}: {} lines, {LONGEST} are allowed; split it by what its parts do", file.path, lines(file))
        })
        .collect()
}

/// The product returns errors; only tests may panic.
pub(crate) fn no_panics(files: &[Source]) -> Vec<String> {
    let test_files = test_files(files);
    let product = files.iter().filter(|file| is_rust(file, &["src/"]) && !test_files.contains(&file.path));
    let words = [".unwrap()", ".expect(", "panic!", "todo!", "unimplemented!"];
    product.flat_map(|file| found(file, &file.product_code(), &words, "can panic; return an error")).collect()
}

/// A lint is met or expected with a reason, never switched off.
pub(crate) fn no_allowed_lints(files: &[Source]) -> Vec<String> {
    let why = "switches a lint off; use #[expect(.., reason = \"..\")]";
    let product = files.iter().filter(|file| is_rust(file, &["src/"]));
    let others = files.iter().filter(|file| is_rust(file, &["tests/", "benches/", "examples/"]));
    // A helper module that several test binaries share is used differently by each: there `#![allow]` is the one way.
    product
        .flat_map(|file| found(file, &file.code(), &["#[allow(", "#![allow("], why))
        .chain(others.flat_map(|file| found(file, &file.code(), &["#[allow("], why)))
        .collect()
}

/// Every file says first what it is responsible for.
pub(crate) fn headed_files(files: &[Source]) -> Vec<String> {
    files
        .iter()
        .filter(|file| is_rust(file, &["src/"]) && !file.text.starts_with("//! "))
        .map(|file| format!("{}: begins without `//! ` and what it is responsible for", file.path))
        .collect()
}

/// A migration exists for both databases or for none.
pub(crate) fn paired_migrations(files: &[Source]) -> Vec<String> {
    let names = |database: &str| -> BTreeSet<&str> {
        let folder = format!("migrations/{database}/");
        files.iter().filter_map(|file| file.path.strip_prefix(&folder)?.split_once('/')).map(|(name, _)| name).collect()
    };
    names("sqlite")
        .symmetric_difference(&names("postgres"))
        .map(|name| format!("migrations: {name} exists for one database only"))
        .collect()
}

/// Nothing points into the machine somebody happened to write it on.
pub(crate) fn no_local_paths(files: &[Source]) -> Vec<String> {
    // In two parts, so that this file keeps its own rule.
    let folders = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    files.iter().flat_map(|file| found(file, &file.text, &folders, "is a path of one machine")).collect()
}

fn is_rust(file: &Source, folders: &[&str]) -> bool {
    Path::new(&file.path).extension().is_some_and(|name| name == "rs")
        && folders.iter().any(|folder| file.path.starts_with(folder))
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&layer))
}

/// `src/http/oauth/mod.rs` is `http::oauth`.
fn modules_of(path: &str) -> Vec<String> {
    let below = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    below.split('/').map(str::to_owned).collect()
}

/// The modules of the crate's root that code `depth` modules below it names, each with its place: `crate::x`,
/// `crate::{x, y}`, and the same through enough `super::`.
fn uses(code: &str, depth: usize) -> Vec<(usize, String)> {
    let by_name = ["crate::", "keystead::"].into_iter().flat_map(|root| words(code, root));
    let by_steps = words(code, "super::").filter_map(|(at, rest)| {
        let mut steps = 1;
        let mut rest = rest;
        while let Some(further) = rest.strip_prefix("super::") {
            (steps, rest) = (steps + 1, further);
        }
        (steps >= depth).then_some((at, rest))
    });
    by_name.chain(by_steps).flat_map(|(at, rest)| first_names(rest).into_iter().map(move |name| (at, name))).collect()
}

/// Where `start` begins a word, and what follows it.
fn words<'code>(code: &'code str, start: &'static str) -> impl Iterator<Item = (usize, &'code str)> {
    code.match_indices(start)
        .filter(|(at, _)| !code[..*at].ends_with(is_word))
        .map(|(at, found)| (at, &code[at + found.len()..]))
}

/// `a` of `a::b`, and `a` and `d` of `{a::{b, c}, d}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|next| is_word(*next)).collect::<String>();
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(group)];
    let mut depth = 1;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn crate_only_in(files: &[Source], name: &'static str, folder: &str) -> Vec<String> {
    let others = files.iter().filter(|file| is_rust(file, &["src/"]) && !file.path.starts_with(folder));
    others
        .flat_map(|file| {
            let code = file.code();
            let places: Vec<usize> = words(&code, name)
                .filter(|(_, rest)| !rest.starts_with(is_word) || rest.starts_with('_'))
                .map(|(at, _)| at)
                .collect();
            places.into_iter().map(move |at| format!("{}: {name} is used outside {folder}", line_of(file, at)))
        })
        .collect()
}

fn test_files(files: &[Source]) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for file in files.iter().filter(|file| is_rust(file, &["src/"])) {
        let folder = match file.path.trim_end_matches(".rs") {
            "src/lib" | "src/main" => "src",
            module => module.trim_end_matches("/mod"),
        };
        for module in file.test_modules() {
            paths.extend([format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")]);
        }
    }
    paths
}

fn found(file: &Source, text: &str, words: &[&str], why: &str) -> Vec<String> {
    words
        .iter()
        .flat_map(|word| {
            text.match_indices(word)
                .filter(|(at, _)| !word.starts_with(is_word) || !text[..*at].ends_with(is_word))
                .map(move |(at, _)| format!("{}: `{word}` {why}", line_of(file, at)))
        })
        .collect()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn line_of(file: &Source, at: usize) -> String {
    format!("{}:{}", file.path, 1 + file.text[..at].matches('\n').count())
}
