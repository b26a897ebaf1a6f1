//! Sentences of the pages of workspaces.

/// What has just been done, by the word of the query.
pub(in crate::http::pages::console) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "workspace-made" => "The workspace is there. Nobody holds a role in it yet.",
        "workspace-renamed" => "The workspace has another name. Its number, by which tokens name it, stays.",
        "workspace-closed" => "The workspace is closed. Roles in it do not count until it is reopened.",
        "workspace-reopened" => "The workspace is open. Roles in it count again.",
        "workspace-removed" => "The workspace is gone, with all roles in it. Its number is never given again.",
        _ => return None,
    })
}
