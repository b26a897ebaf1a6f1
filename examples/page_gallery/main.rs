//! Writes every page of the browser in its states as files, with an index, to be looked at without a server:
//! `cargo run --example page_gallery -- FOLDER`.

mod account_states;
mod states;

use std::{fs, io, path::Path, process::ExitCode};

use keystead as library;
use library::http::pages::assets;

use states::{State, Texts};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: page_gallery FOLDER");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&folder)) {
        Ok(count) => {
            eprintln!("{count} pages; open index.html");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<usize> {
    let files = folder.join("assets");
    fs::create_dir_all(&files)?;
    let names = [assets::style(), assets::script(), assets::icon(), "log-in-with-light.svg", "log-in-with-dark.svg"];
    for name in names {
        let (content, _) = assets::content(name).ok_or(io::ErrorKind::NotFound)?;
        fs::write(files.join(name), content)?;
    }
    // `.` is the folder that the page itself stands in.
    let states = states::all(".", &Texts::usual()).into_iter().chain(long_names());
    let mut index = "<!doctype html><title>Pages</title><ul>".to_owned();
    let mut count = 0;
    for State { name, html } in states {
        fs::write(folder.join(format!("{name}.html")), html)?;
        index.extend(["<li><a href=\"", &name, ".html\">", &name, "</a>"]);
        count += 1;
    }
    fs::write(folder.join("index.html"), index)?;
    Ok(count)
}

fn long_names() -> impl Iterator<Item = State> {
    states::all(".", &Texts::long())
        .into_iter()
        .map(|State { name, html }| State { name: format!("long-{name}"), html })
}
