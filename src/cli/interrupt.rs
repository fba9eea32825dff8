//! Graceful shutdown on SIGINT, SIGTERM and SIGHUP, or on the control events of Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::fleet;
use crate::output::Printer;
use std::cell::Cell;
use std::pin::pin;
#[cfg(unix)]
use unix::Signals;
#[cfg(windows)]
use windows::Signals;

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
        signals.interrupt().await;
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
