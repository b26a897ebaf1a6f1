//! `keystead openapi`

use std::io::Write;

use super::failure::Failure;
use crate::http::api::openapi;

pub(super) fn run() -> Result<(), Failure> {
    Ok(std::io::stdout().lock().write_all(openapi::text().as_bytes())?)
}
