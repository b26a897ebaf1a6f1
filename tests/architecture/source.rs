//! Reading Rust source far enough for rules: comments, strings and test-only code can be told from the rest.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file of the project.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root of the project, with `/`.
    pub(crate) path: String,
    /// As it stands in the file.
    pub(crate) text: String,
}

impl Source {
    /// A file that exists only in a test.
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The text with every comment, string and character literal blanked out; lines and lengths stay.
    pub(crate) fn code(&self) -> String {
        blank(&self.text, &hidden(&self.text))
    }

    /// [`Source::code`] without the items under `#[cfg(test)]`.
    pub(crate) fn product_code(&self) -> String {
        let code = self.code();
        let tests = test_items(&code);
        blank(&code, &tests)
    }

    /// The names of the modules declared as `#[cfg(test)] mod name;`: their files are test code too.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        let code = self.code();
        test_items(&code)
            .into_iter()
            .filter_map(|item| {
                code[item].strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.trim().to_owned())
            })
            .collect()
    }
}

/// Every text file of the project that is not built, fetched or hidden from git, in order of path.
pub(crate) fn project() -> Vec<Source> {
    let mut found = Vec::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("the project can be read") {
        let path: PathBuf = entry.expect("the project can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("file names in UTF-8").to_owned();
        if [".git", "target", "demo-site"].contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        let below = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{below}/"), found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push(Source { path: below, text });
        }
    }
}

fn blank(text: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for at in ranges.iter().cloned().flatten().filter(|at| text.as_bytes()[*at] != b'\n') {
        bytes[at] = b' ';
    }
    String::from_utf8(bytes).expect("ranges end between characters")
}

/// The places of comments and of string, byte and character literals.
fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let after_word = text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let length = if rest.starts_with("//") {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            Some(block_comment(rest))
        } else if let Some(quotes) = raw_string_start(rest).filter(|_| !after_word) {
            Some(raw_string(rest, quotes))
        } else if rest.starts_with('"') {
            Some(quoted(rest, '"'))
        } else if rest.starts_with('\'') && is_character(rest) {
            Some(quoted(rest, '\''))
        } else {
            None
        };
        match length {
            Some(length) => {
                ranges.push(at..at + length);
                at += length;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    ranges
}

/// `'a'` and `'\n'`, unlike the lifetime `'a`.
fn is_character(rest: &str) -> bool {
    let mut characters = rest.chars().skip(1);
    characters.next() == Some('\\') || characters.next() == Some('\'')
}

/// The number of `#` of `r#"`, `br"`, `cr##"`.
fn raw_string_start(rest: &str) -> Option<usize> {
    let marks = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let content = marks.trim_start_matches('#');
    content.starts_with('"').then_some(marks.len() - content.len())
}

fn raw_string(rest: &str, marks: usize) -> usize {
    let open = rest.find('"').map_or(rest.len(), |quote| quote + 1);
    let close = format!("\"{}", "#".repeat(marks));
    rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len())
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The items under `#[cfg(test)]` in blanked code: from the attribute to the closing brace or the semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    if code.contains("#![cfg(test)]") {
        return std::iter::once(0..code.len()).collect();
    }
    let starts = code.match_indices("#[cfg(test)]").map(|(start, _)| start);
    let mut items: Vec<Range<usize>> = Vec::new();
    for start in starts {
        if items.last().is_none_or(|item| item.end <= start) {
            items.push(start..start + item_length(&code[start..]));
        }
    }
    items
}

fn item_length(item: &str) -> usize {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (at, character) in item.char_indices() {
        match character {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 && brackets == 0 {
                    return at + if item[at..].starts_with("};") { 2 } else { 1 };
                }
            }
            ';' if braces == 0 && brackets == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a /* b /* c */ d */ e // f\n\"g\\\"h\" 'i' '\\'' b'j' &'k l r#\"m\"n\"# for\"o\" ü\n";
    let words = Source::sample("src/x.rs", text).code();
    assert_eq!(words.split_whitespace().collect::<Vec<_>>(), ["a", "e", "b", "&'k", "l", "for", "ü"]);
    assert_eq!((words.len(), words.lines().count()), (text.len(), 2));
}

#[test]
fn items_under_cfg_test_are_not_product_code() {
    let text = "one\n#[cfg(test)]\nuse a::{b, c};\ntwo\n#[cfg(test)]\nfn d(e: [u8; 2]) { { '}' } }\nthree\n#[cfg(test)]\nmod f;";
    let source = Source::sample("src/x.rs", text);
    assert_eq!(source.product_code().split_whitespace().collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(source.test_modules(), ["f"]);
}
