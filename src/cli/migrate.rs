//! `keystead migrate`

use serde_json::json;

use super::{
    context::{Context, open_store, refuse_missing},
    failure::Failure,
};
use crate::manage::site;

pub(super) fn run(context: &Context<'_>) -> Result<(), Failure> {
    let config = context.settings()?;
    refuse_missing(&config)?;
    let store = open_store(&config, 1)?;
    let done = store.migrate()?;
    store.change(site::sync_built_ins)?;
    let sentence = match done.as_slice() {
        [] => "The tables fit this program already.".to_owned(),
        done => format!("Migrated: {}.", done.join(", ")),
    };
    context.printer.say(&json!({ "migrated": done }), &sentence)
}
