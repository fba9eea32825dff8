//! The control events of Windows that request a shutdown.
//!
//! <https://learn.microsoft.com/en-us/windows/console/handlerroutine>

use crate::context::Context;
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

/// The control events that request a shutdown. An event is `None` if Windows accepts no handler for it.
pub(super) struct Signals {
    interrupt: Option<CtrlC>,
    terminate: Option<CtrlBreak>,
    /// The console was closed. Windows ends the process about five seconds later.
    hangup: Option<CtrlClose>,
}

impl Signals {
    pub(super) fn of(_context: &Context) -> Self {
        Signals {
            interrupt: ctrl_c().ok(),
            terminate: ctrl_break().ok(),
            hangup: ctrl_close().ok(),
        }
    }

    /// Waits for the first of the events.
    pub(super) async fn any(&mut self) {
        tokio::select! {
            Some(()) = on(self.interrupt.as_mut().map(CtrlC::recv)) => {}
            Some(()) = on(self.terminate.as_mut().map(CtrlBreak::recv)) => {}
            Some(()) = on(self.hangup.as_mut().map(CtrlClose::recv)) => {}
            else => std::future::pending().await,
        }
    }

    /// Waits for Ctrl-C.
    pub(super) async fn interrupt(&mut self) {
        if on(self.interrupt.as_mut().map(CtrlC::recv)).await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Waits for an event. Returns `None` if there is no handler for the event.
async fn on(event: Option<impl Future<Output = Option<()>>>) -> Option<()> {
    event?.await
}
