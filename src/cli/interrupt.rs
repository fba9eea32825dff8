//! Graceful shutdown on SIGINT, SIGTERM and SIGHUP.

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::fleet;
use crate::output::Printer;
use std::cell::Cell;
use std::path::Path;
use std::pin::pin;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that request a shutdown. A signal is `None` if the process was started with it ignored, as by
/// `nohup` or by a script's `&`; such a signal stays ignored.
struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    /// The terminal or the connection to it was closed.
    hangup: Option<Signal>,
}

impl Signals {
    fn of(context: &Context) -> Self {
        let ignored = ignored(context);
        let unless_ignored = |kind: SignalKind| {
            let bit = 1_u64 << (kind.as_raw_value() - 1);
            (ignored & bit == 0).then(|| signal(kind).ok()).flatten()
        };
        Signals {
            interrupt: unless_ignored(SignalKind::interrupt()),
            terminate: unless_ignored(SignalKind::terminate()),
            hangup: unless_ignored(SignalKind::hangup()),
        }
    }

    async fn any(&mut self) {
        tokio::select! {
            () = next(&mut self.interrupt) => {}
            () = next(&mut self.terminate) => {}
            () = next(&mut self.hangup) => {}
        }
    }
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The ignored signals as a bit set, from `SigIgn` in Linux's `/proc/self/status`. 0 on other systems.
fn ignored(context: &Context) -> u64 {
    let status = context.read(Path::new("/proc/self/status"), 1 << 16);
    let status = status.ok().flatten().unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let mut lines = status.lines();
    let set = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or_default()
}

/// Waits for a signal, then warns that the run was interrupted and names the consequence. After the
/// first signal, Ctrl-C exits at once. A second SIGHUP does not exit, because a terminal that
/// closes may send several.
pub(super) async fn wait_for_shutdown(context: &Context, printer: &Printer, consequence: &str) {
    let mut signals = Signals::of(context);
    signals.any().await;
    let clear = printer.clear_line();
    clear();
    printer.warning(&format!("interrupted: {consequence}"));
    tokio::spawn(async move {
        next(&mut signals.interrupt).await;
        clear();
        std::process::exit(Exit::Failed as i32);
    });
}

/// Runs `work` until it ends or a signal arrives. The work must be safe to stop anywhere and to repeat.
pub(super) async fn or_interrupted<T>(
    context: &Context,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = async { Signals::of(context).any().await } => Err(Failure {
            exit: Exit::Failed,
            situation: "interrupted".to_owned(),
            causes: Vec::new(),
            hint: Some(AGAIN.to_owned()),
        }),
    }
}

const AGAIN: &str = "run the command again; a run changes nothing that is already correct";

/// Runs a fleet. After a signal, this function starts no other bucket but finishes the buckets in progress.
pub(super) async fn fleet<T, R, F>(
    context: &Context,
    printer: &Printer,
    items: impl IntoIterator<Item = T>,
    jobs: usize,
    work: impl FnMut(T) -> F,
    done: impl FnMut(R),
) where
    F: Future<Output = R>,
{
    let stop = Cell::new(false);
    let items = items.into_iter().take_while(|_| !stop.get());
    let mut all = pin!(fleet::each(items, jobs, work, done));
    tokio::select! {
        biased;
        () = &mut all => return,
        () = wait_for_shutdown(context, printer, "finishing the buckets in progress; press Ctrl-C to stop at once") => {}
    }
    stop.set(true);
    all.await;
}

/// Fails if a signal kept the run from processing every bucket, so that no document looks complete.
pub(super) fn require_complete(done: u64, total: usize) -> Result<(), Failure> {
    if done == total as u64 {
        return Ok(());
    }
    Err(Failure {
        exit: Exit::Failed,
        situation: format!("interrupted: {done} of {total} buckets were processed"),
        causes: Vec::new(),
        hint: Some(AGAIN.to_owned()),
    })
}
