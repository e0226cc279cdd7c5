//! Ctrl-C: the first asks to stop, the second does not ask.

use crate::error::{Failure, exit};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Sets the flag at the first Ctrl-C, or when asked to terminate; ends the process at the second.
///
/// # Errors
/// [`Failure::Machine`] where there are no signals.
pub(crate) fn listen(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let register = || {
        let code = i32::from(exit::CANCELLED);
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, code, stop.clone())?;
            signal_hook::flag::register(signal, stop.clone())?;
        }
        Ok::<(), io::Error>(())
    };
    register().map_err(|_unsupported| Failure::Machine("signals"))
}
