//! `segue run`: the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use segue_telemetry::logging::{self, Format};

use crate::bundles;
use crate::cli::{Output, RunArgs};
use crate::exit::{BROKERS_HINT, Exit, Failure};
use crate::router;
use crate::settings::{Purpose, Settings};
use crate::terminal::{Done, Terminal};

/// Runs `segue run`: until SIGTERM or SIGINT, which end it after the step it is at.
///
/// # Errors
/// The settings or the bundle are wrong, or the environment cannot be used.
pub fn run(args: &RunArgs, terminal: &Terminal) -> Done {
    let format = if terminal.output == Output::Human { Format::Human } else { Format::Json };
    logging::init(format, None).map_err(|error| Failure::usage("log", error.to_string()))?;
    let settings = Settings::read(&args.settings, Purpose::Run)
        .map_err(|faults| Failure::usage("settings", faults.to_string()))?;
    let bundle = bundles::load_for_running(&settings.bundle, terminal)?;
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::new(AtomicBool::new(false));
    for (signal, also) in
        [(signal_hook::consts::SIGTERM, None), (signal_hook::consts::SIGINT, Some(&interrupted))]
    {
        for flag in [Some(&stop), also].into_iter().flatten() {
            let _ = signal_hook::flag::register(signal, flag.clone())
                .map_err(|error| Failure::environment("signals", error.to_string()))?;
        }
    }
    let brokers = &settings.kafka.brokers;
    router::run(&settings, &args.settings, bundle, stop).map_err(|failure| match failure {
        // It is about the brokers if it names them; other failures of the client have other remedies.
        Failure { code: "kafka", hint: None, ref message, .. } if message.contains(brokers) => {
            failure.hint(BROKERS_HINT)
        }
        failure => failure,
    })?;
    Ok(if interrupted.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Fine })
}
