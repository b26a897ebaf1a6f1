//! How the process is asked to stop.

use std::{future::Future, io};

use tokio::signal::unix::{SignalKind, signal};

/// How to stop; requests under way are answered either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Say "not ready" first and go on serving until load balancers have noticed.
    Drain,
    /// Take no new connection from now on.
    Now,
}

/// Resolves at SIGTERM to [`Stop::Drain`] and at SIGINT (Ctrl-C) to [`Stop::Now`]. Call inside a Tokio runtime.
///
/// # Errors
/// If the operating system refuses the handlers.
pub fn signals() -> io::Result<impl Future<Output = Stop> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => Stop::Drain,
            _ = interrupt.recv() => Stop::Now,
        }
    })
}
