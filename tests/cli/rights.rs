//! The table of rights in the documents is that of the program (ruling 29).

use std::fmt::Write;

use keystead::domain::{
    catalogue::BUILT_IN_ROLES,
    permission::{PERMISSIONS, Permission},
    role::Integration,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md");
const BEGIN: &str =
    "<!-- Written from src/domain. After a change there: KEYSTEAD_UPDATE_DOCS=1 cargo test --test cli rights -->\n";
const END: &str = "<!-- End of the table -->\n";

/// Permissions down, roles across: as many columns as people can give roles.
fn table() -> String {
    let roles: Vec<_> = BUILT_IN_ROLES.iter().filter(|role| role.integration != Integration::Internal).collect();
    let mut text = String::from("| role | given in | for |\n|---|---|---|\n");
    for role in &roles {
        writeln!(text, "| `{}` | {} | {} |", role.name, role.level, role.description).unwrap();
    }
    text.push_str("\n| permission | class |");
    for role in &roles {
        write!(text, " {} |", role.name.replace('_', " ")).unwrap();
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(roles.len()));
    text.push('\n');
    for Permission { name, class, .. } in PERMISSIONS {
        write!(text, "| `{name}` | {class} |").unwrap();
        for role in &roles {
            text.push_str(if role.permissions.contains(name) { " yes |" } else { " |" });
        }
        text.push('\n');
    }
    text
}

// Covers: L145
#[test]
fn the_table_of_rights_is_that_of_the_program() {
    let found = std::fs::read_to_string(FILE).unwrap();
    let (before, rest) = found.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("KEYSTEAD_UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(FILE, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
    } else {
        assert!(written == table(), "docs/OPERATIONS.md is out of date: {BEGIN}");
    }
}
