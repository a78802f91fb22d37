//! Sets up `tracing`: what is logged, and in which form, to stderr.

use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The variable that says what is logged where no flag does.
pub const VARIABLE: &str = "SEGUE_LOG";

const DEFAULT: &str = "info";

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A line of text.
    #[default]
    Human,
    /// A JSON object a line.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form is none of ours.
    #[error("unknown log format \"{0}\"; it is human or json")]
    Format(String),
    /// The level cannot be read.
    #[error(
        "unknown log level \"{given}\"; it is error, warn, info, debug or trace, also by module as in info,segue_kafka=debug"
    )]
    Level {
        /// What was given.
        given: String,
    },
    /// It is set up already.
    #[error("logging is set up already")]
    Twice,
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(Error::Format(text.to_owned())),
        }
    }
}

/// Logs to stderr from now on. `level` is the flag's; without it, [`VARIABLE`] says, and without that it is `info`.
///
/// # Errors
/// When the level cannot be read, or logging is set up already.
pub fn init(format: Format, level: Option<&str>) -> Result<(), Error> {
    let from_environment = std::env::var(VARIABLE).ok().filter(|level| !level.is_empty());
    let level = level.or(from_environment.as_deref()).unwrap_or(DEFAULT);
    let subscriber = subscriber(format, level, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| Error::Twice)
}

/// Makes what logs, over any writer.
fn subscriber<W>(
    format: Format,
    level: &str,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, Error>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // A line that cannot be written is lost. To complain of it on the same stderr would end in a panic, and the router
    // has to go on when whoever read its log has left.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level)?)
        .with_writer(writer)
        .with_ansi(false)
        .log_internal_errors(false);
    Ok(match format {
        Format::Human => Box::new(builder.finish()),
        Format::Json => Box::new(builder.json().flatten_event(true).finish()),
    })
}

/// Reads a level. A lone word that is no level would be taken for a module's name, and silence all else.
fn filter(level: &str) -> Result<EnvFilter, Error> {
    let unknown = || Error::Level { given: level.to_owned() };
    for directive in level.split(',') {
        let lone = !directive.contains(['=', '[']);
        if lone && directive.parse::<tracing_subscriber::filter::LevelFilter>().is_err() {
            return Err(unknown());
        }
    }
    EnvFilter::builder().parse(level).map_err(|_| unknown())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Logs a line at info and one at debug, and returns what was written.
    fn logged(format: Format, level: &str) -> String {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = subscriber(format, level, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(partitions = 3, "partitions assigned");
            tracing::debug!("details");
        });
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn human_lines_carry_level_message_and_fields() {
        let text = logged(Format::Human, "info");
        assert!(text.contains(" INFO ") && text.contains("partitions assigned partitions=3"), "{text}");
        assert!(!text.contains("details"));
    }

    #[test]
    fn json_lines_are_objects_with_the_fields_on_top() {
        let text = logged(Format::Json, "debug");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["message"], "partitions assigned");
        assert_eq!(lines[0]["partitions"], 3);
        assert_eq!(lines[1]["level"], "DEBUG");
    }

    #[test]
    fn levels_can_be_given_by_module() {
        assert_eq!(logged(Format::Human, "info,segue_telemetry=warn"), "");
    }

    #[test]
    fn a_level_or_format_that_does_not_exist_is_refused() {
        for level in ["loud", "info,loud", "a=loud"] {
            let error = filter(level).unwrap_err().to_string();
            assert!(error.starts_with(&format!("unknown log level \"{level}\"; it is error, ")), "{error}");
        }
        let error = "xml".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "unknown log format \"xml\"; it is human or json");
    }
}
