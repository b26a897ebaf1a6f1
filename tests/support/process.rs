//! The built program as users meet it: started, read, ended or killed.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::canary::assert_none;

/// Ends a wait that would never end. Far above what any start needs: no test waits for it to pass.
const DEADLINE: Duration = Duration::from_mins(2);

/// A command line of the built program that sees no `KEYSTEAD_…` setting of the caller.
pub fn keystead<A: AsRef<OsStr>>(arguments: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"KEYSTEAD_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a finished run left.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Finished {
    /// Panics with both outputs unless the run succeeded; gives stdout.
    pub fn succeeded(self) -> String {
        assert!(self.status.success(), "{}\n{}\n{}", self.status, self.stdout, self.stderr);
        self.stdout
    }
}

/// Runs the program to its end.
pub fn run<A: AsRef<OsStr>>(arguments: &[A]) -> Finished {
    finish(&mut keystead(arguments))
}

/// Runs the program to its end with `input` on stdin.
pub fn run_with_input<A: AsRef<OsStr>>(arguments: &[A], input: &str) -> Finished {
    let mut command = keystead(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the built program starts");
    // A program that does not read its input is judged by its output.
    let _ = child.stdin.take().expect("stdin is a pipe").write_all(input.as_bytes());
    finished(child.wait_with_output().expect("the program ends"))
}

/// Runs a prepared command, such as [`keystead`] with an environment, to its end.
pub fn finish(command: &mut Command) -> Finished {
    let output = command.output().expect("the built program starts");
    // What was typed may be quoted back to who typed it.
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    for typed in command.get_args() {
        said = said.replace(&*typed.to_string_lossy(), "");
    }
    assert_none("stderr", said.as_bytes());
    finished(output)
}

fn finished(output: std::process::Output) -> Finished {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    Finished { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A program that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    // Behind a lock only so that threads of a test can share the program.
    lines: Mutex<Receiver<String>>,
    errors: Arc<Errors>,
    seen: String,
}

/// Stderr as far as it came.
#[derive(Debug, Default)]
struct Errors {
    text: Mutex<String>,
    ended: AtomicBool,
    news: Condvar,
}

impl Running {
    /// Starts the built program.
    pub fn start<A: AsRef<OsStr>>(arguments: &[A]) -> Self {
        Self::spawn(&mut keystead(arguments))
    }

    /// Starts a prepared command, such as [`keystead`] with an environment.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the built program starts");
        let (send, lines) = channel();
        each_line(child.stdout.take().expect("stdout is a pipe"), move |line| {
            // The test may have lost interest; the pipe is still emptied, or the program would block.
            let _ = send.send(line);
        });
        let errors = Arc::new(Errors::default());
        let collected = Collecting(Arc::clone(&errors));
        each_line(child.stderr.take().expect("stderr is a pipe"), move |line| collected.add(&line));
        Self { child, lines: Mutex::new(lines), errors, seen: String::new() }
    }

    /// The next line of stdout that `wanted` accepts. Panics with all output when the program ends without it.
    pub fn wait_for_line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            match self.lines.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(DEADLINE) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if wanted(&line) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.give_up("said nothing more"),
                Err(RecvTimeoutError::Disconnected) => self.give_up("ended"),
            }
        }
    }

    /// The first line of stderr that `wanted` accepts, also one that came long ago. Panics with all output when the
    /// program ends without it.
    pub fn wait_for_error_line(&self, wanted: impl Fn(&str) -> bool) -> String {
        let find = |text: &str| text.lines().find(|line| wanted(line)).map(str::to_owned);
        let text = self.errors.text.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on = |text: &mut String| find(text).is_none() && !self.errors.ended.load(Ordering::SeqCst);
        let outcome = self.errors.news.wait_timeout_while(text, DEADLINE, goes_on);
        let found = find(&outcome.unwrap_or_else(PoisonError::into_inner).0);
        found.unwrap_or_else(|| self.give_up("ended or fell silent"))
    }

    /// The stdout seen by [`Running::wait_for_line`] so far.
    pub fn stdout_so_far(&self) -> &str {
        &self.seen
    }

    /// All stderr so far.
    pub fn stderr_so_far(&self) -> String {
        self.errors.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and waits until the process is gone.
    pub fn kill(&mut self) {
        // The only failure is that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks for an orderly end (SIGTERM) and waits for it.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Sends a signal by name, such as `STOP`, `CONT` or `HUP`.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("sh").args(["-c", "kill \"-$1\" \"$2\"", "kill", name, &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {name}:\n{}", self.stderr_so_far());
    }

    /// Waits for the end.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("the program is our child")
    }

    fn give_up(&self, what: &str) -> ! {
        panic!("the program {what} before the line came; stdout:\n{}stderr:\n{}", self.seen, self.stderr_so_far())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if !std::thread::panicking() {
            assert_none("the log", self.stderr_so_far().as_bytes());
        }
    }
}

/// Whoever reads stderr; dropped at its end.
struct Collecting(Arc<Errors>);

impl Collecting {
    fn add(&self, line: &str) {
        let mut text = self.0.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(line);
        text.push('\n');
        self.0.news.notify_all();
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        let _text = self.0.text.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.ended.store(true, Ordering::SeqCst);
        self.0.news.notify_all();
    }
}

fn each_line(pipe: impl Read + Send + 'static, mut take: impl FnMut(String) + Send + 'static) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            take(String::from_utf8_lossy(&line).into_owned());
        }
    });
}
