//! Ctrl-C, and whoever runs containers: an end without half a sentence.

use crate::failure::{Exit, Failure};
use crate::output::Printer;
use s3_secure_bucket::fleet;
use std::cell::Cell;
use std::pin::pin;
use tokio::signal::unix::{SignalKind, signal};

/// Until somebody wants an end; then says what is done about it. Who asks a second time gets it at once.
pub(super) async fn asked(printer: &Printer, so: &str) {
    let all = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        // The terminal is gone, or the connection to it.
        signal(SignalKind::hangup()),
    );
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = all else {
        return std::future::pending().await;
    };
    let mut once = async move || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    };
    once().await;
    let clear = printer.clear_line();
    clear();
    printer.warning(&format!("interrupted: {so}"));
    // With a hanging server above all.
    tokio::spawn(async move {
        once().await;
        clear();
        std::process::exit(Exit::Failed as i32);
    });
}

/// A fleet that begins no other bucket once it is asked to end, and ends those that it has begun.
pub(super) async fn fleet<T, R, F>(
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
        () = asked(printer, "ending what is begun; once more to end at once") => {}
    }
    stop.set(true);
    all.await;
}

/// What was not begun is told, and no document is printed that looks whole.
pub(super) fn refuse_part(done: u64, total: usize) -> Result<(), Failure> {
    if done == total as u64 {
        return Ok(());
    }
    Err(Failure {
        exit: Exit::Failed,
        situation: format!("interrupted: {done} of {total} buckets were worked on"),
        causes: Vec::new(),
        hint: Some("run it again: what is set already is left as it is".to_owned()),
    })
}
