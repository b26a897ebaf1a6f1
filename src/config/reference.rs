//! Writes docs/CONFIGURATION.md and keystead.example.toml from the table of settings.

use std::fmt::Write;

use super::settings::{DefaultValue, SETTINGS, Setting};

const INTRODUCTION: &str = "\
# Configuration

<!-- Written from src/config/settings.rs. After a change there: KEYSTEAD_UPDATE_DOCS=1 cargo test --test config -->

Settings are read from four places; what comes later wins:

1. the defaults below,
2. a TOML file: the one named by `--config` or `KEYSTEAD_CONFIG`, else `<data-dir>/keystead.toml` if it is there,
3. environment variables: `KEYSTEAD_`, then the key in capitals with `__` for the dot; lists are separated by commas,
4. the command line.

The data folder itself is given by `--data-dir` or `KEYSTEAD_DATA_DIR`; without either it is `keystead-data` in the
current folder. Relative paths in settings are relative to the data folder. Durations are written `90s`, `15m`, `1h 30m`,
`30d`.

Nothing is guessed. A key that does not exist, a value that does not fit, or settings that would send tokens over a network
in plain HTTP stop the start with a sentence that names the setting, where it stands and what to do. Secrets are read from
files, whose paths are settings that end in `_file`.

## When plain HTTP is refused

Keystead starts only if one of these is true:

| how the site is reached | what must be set |
|---|---|
| from this machine only | an `http` issuer with a loopback host; `listen.address` on loopback |
| through a proxy that ends TLS | `proxy.trusted` names the proxy; `listen.address` may be any address |
| directly | `tls.address`, `tls.certificate_file`, `tls.key_file`; `listen.address` on loopback or `off` |
";

/// The text of docs/CONFIGURATION.md.
#[must_use]
pub fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut section = None;
    for setting in SETTINGS {
        if section != Some(setting.section()) {
            section = Some(setting.section());
            let title = if setting.section().is_empty() { "issuer" } else { setting.section() };
            let _ =
                write!(text, "\n## {title}\n\n| key | default | environment variable | meaning |\n|---|---|---|---|\n");
        }
        let default = match setting.default {
            DefaultValue::Toml(toml) => format!("`{toml}`"),
            DefaultValue::Computed { words, .. } => words.replace('<', "\\<"),
        };
        let Setting { key, meaning, .. } = setting;
        let _ = writeln!(text, "| `{key}` | {default} | `{}` | {meaning} |", setting.environment_variable());
    }
    text
}

/// The text of keystead.example.toml: every setting with its default, commented out where it need not be set.
#[must_use]
pub fn example_toml() -> String {
    let mut text = String::from(
        "# Settings of Keystead with their defaults; docs/CONFIGURATION.md explains how they are read.\n\
         # Written from src/config/settings.rs. Copy this file to <data-dir>/keystead.toml and set `issuer`.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        text.push('\n');
        if section != setting.section() {
            section = setting.section();
            let _ = writeln!(text, "[{section}]");
        }
        for line in wrapped(setting.meaning, 110) {
            let _ = writeln!(text, "# {line}");
        }
        let _ = match setting.default {
            DefaultValue::Toml(toml) => writeln!(text, "# {} = {toml}", setting.name()),
            DefaultValue::Computed { example, .. } if setting.key == "issuer" => {
                writeln!(text, "{} = {example}", setting.name())
            }
            DefaultValue::Computed { words, example } => {
                writeln!(text, "# Default: {words}.\n# {} = {example}", setting.name())
            }
        };
    }
    text
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
