//! Ctrl-C and SIGTERM: the program ends with 130 between two lines, whatever it is computing.
//!
//! A thread waits for the signals, so that no computation need look out for them. A command that has something to say at
//! its end asks for the first one with [`heed`]; the second ends the program all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{Exit, Failure};
use crate::stdout;

/// What joins the thread that waits with the command.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    heeded: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
}

/// Begins to wait.
///
/// # Errors
/// The system does not let signals be waited for, or gives no thread.
pub fn begin() -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failure::environment("signals", error.to_string()))?;
    let waiting = interrupt.clone();
    let spawned = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            let is_first = !waiting.asked.swap(true, Ordering::SeqCst);
            if is_first && waiting.heeded.load(Ordering::SeqCst) {
                continue;
            }
            stdout::close();
            signal_hook::low_level::exit(Exit::Interrupted as i32);
        }
    });
    let _ = spawned.map_err(|error| Failure::environment("thread", error.to_string()))?;
    Ok(interrupt)
}

impl Interrupt {
    /// From now on the first signal only sets the flag that is returned: the command looks at it and ends.
    pub fn heed(&self) -> &AtomicBool {
        self.heeded.store(true, Ordering::SeqCst);
        &self.asked
    }
}
