//! `segue failed`: what could not be used, by reason; one of them to look at; and sending them round again.

mod read;
mod retry;
mod running;

use std::path::Path;

use segue_document::{Document, Writer};
use segue_log::Append;
use segue_wire::topics::FAILED;
use serde_json::{Map, Value, json};

use crate::cli::{FailedArgs, FailedCommand, FailedListArgs, FailedShowArgs, Output, Reach};
use crate::commands::asking;
use crate::exit::{Exit, Failure};
use crate::failed::groups::{Common, Group, Groups};
use crate::failed::{FailedEvent, masked};
use crate::interrupt::Interrupt;
use crate::recording;
use crate::terminal::{Done, Style, Terminal, many};

/// Runs one of the commands about failed events.
///
/// # Errors
/// Settings or brokers cannot be used, or nothing is as it was asked for.
pub fn run(args: &FailedArgs, terminal: &Terminal, interrupt: &Interrupt) -> Done {
    match &args.command {
        FailedCommand::List(args) => match asking::begin(&args.router)? {
            Reach::Settings(file) => list(args, file, terminal),
            Reach::Url(url) => running::list(args, url, terminal),
        },
        FailedCommand::Show(args) => match asking::begin(&args.router)? {
            Reach::Settings(file) => show(args, file, terminal),
            Reach::Url(url) => running::show(args, url, terminal),
        },
        FailedCommand::Retry(args) => match asking::begin(&args.router)? {
            Reach::Settings(file) => retry::run(args, file, terminal, interrupt),
            Reach::Url(url) => running::retry(args, url, terminal),
        },
    }
}

fn list(args: &FailedListArgs, file: &Path, terminal: &Terminal) -> Done {
    let selection = read::selection(&args.which, &[])?;
    let broker = read::connect(file)?;
    let known = read::known(&broker)?;
    let mut groups = Groups::default();
    let _ = read::each(&broker, &known, None, &mut |event| {
        if selection.has(&event) {
            groups.add(&event, known.retried.has(&event));
        }
        Ok(())
    })?;
    if groups.0.is_empty() && !selection.is_all() {
        return Err(nothing().into());
    }
    match terminal.output {
        Output::Human => table(&groups, terminal)?,
        Output::Jsonl => {
            for (common, group) in &groups.0 {
                terminal.data(&as_json(common, group).to_string())?;
            }
        }
        _ => {
            let all: Vec<Value> = groups.0.iter().map(|(common, group)| as_json(common, group)).collect();
            terminal.data(&format!("{:#}", json!({"v": 1, "events": groups.events(), "groups": all})))?;
        }
    }
    Ok(Exit::Fine)
}

fn nothing() -> Failure {
    Failure::usage("nothing-matched", "no failed event that is kept is as it was asked for")
        .hint("`segue failed list` without a filter shows what there is")
}

fn as_json(common: &Common, group: &Group) -> Value {
    json!({
        "error": common.code,
        "source": common.source,
        "topic": common.topic,
        "events": group.events,
        "retried": group.retried,
        "first": group.first.to_string(),
        "last": group.last.to_string(),
        "sample": group.sample.to_string(),
        "detail": group.detail,
    })
}

fn table(groups: &Groups, terminal: &Terminal) -> Result<(), crate::terminal::Stop> {
    for (common, group) in &groups.0 {
        let source = common.source.as_deref().unwrap_or("no source");
        let retried =
            if group.retried > 0 { format!(", {} sent again", group.retried) } else { String::new() };
        let code = terminal.styled(Style::Strong, &common.code);
        terminal.show(&format!(
            "{code}  {source} on {}: {}{retried}, {} to {}",
            common.topic,
            many(group.events, "event"),
            group.first,
            group.last
        ))?;
        terminal.show(&format!("    {}: {}", group.sample, segue_bundle::visible(&group.detail)))?;
    }
    match groups.0.len() {
        0 => terminal.note("no failed events are kept"),
        _ => terminal.note(&format!(
            "{}; `segue failed show PARTITION/OFFSET` shows one, `segue explain CODE` says what to do",
            many(groups.events(), "failed event")
        )),
    }
    Ok(())
}

fn show(args: &FailedShowArgs, file: &Path, terminal: &Terminal) -> Done {
    if terminal.output == Output::Jsonl && !args.unmask {
        let failure = Failure::usage(
            "usage",
            "a line of `--output jsonl` is the whole event, as `segue replay` reads it",
        );
        return Err(failure.hint("give `--unmask`, or use `--output json`").into());
    }
    let broker = read::connect(file)?;
    let known = read::known(&broker)?;
    let Some(event) = read::one(&broker, &known, args.id)? else {
        let failure = Failure::usage("nothing-matched", format!("{FAILED} has no failed event {}", args.id));
        return Err(failure.hint("`segue failed list` names one of each kind").into());
    };
    if terminal.output == Output::Jsonl {
        terminal.data(&recording::write(&as_append(&event), "failed", event.reason.at))?;
        return Ok(Exit::Fine);
    }
    let is_retried = known.retried.has(&event);
    if terminal.output == Output::Json {
        terminal.data(&whole(&event, is_retried, args.unmask))?;
        return Ok(Exit::Fine);
    }
    let reason = &event.reason;
    terminal.show(&format!(
        "{}: {}",
        terminal.styled(Style::Strong, &reason.code),
        segue_bundle::visible(&reason.detail)
    ))?;
    let source = reason.source.as_deref().unwrap_or("no source");
    terminal.show(&format!("  from {} ({source}), logged {}", origin(&event), reason.at))?;
    if reason.retries > 0 || is_retried {
        let sent = if is_retried { "; sent again since" } else { "" };
        terminal.show(&format!(
            "  sent round {} before it failed here{sent}",
            many(reason.retries.into(), "time")
        ))?;
    }
    let value = match event.record.value.as_deref() {
        Some(value) if !args.unmask => format!("{:#}", masked::value(value)),
        Some(value) => String::from_utf8_lossy(value).into_owned(),
        None => "none".to_owned(),
    };
    for (name, text) in [("key", key(&event, args.unmask)), ("headers", headers(&event, args.unmask))] {
        terminal.show(&format!("  {name}: {text}"))?;
    }
    terminal.show(&format!("  value: {}", value.replace('\n', "\n  ")))?;
    if !args.unmask {
        terminal.note("values are masked; `--unmask` shows them");
    }
    Ok(Exit::Fine)
}

fn origin(event: &FailedEvent) -> String {
    let reason = &event.reason;
    format!("{}/{}/{}", reason.topic, reason.partition, reason.offset)
}

/// The failed event as one JSON object. What came and is JSON stands in it to the byte.
pub(super) fn whole(event: &FailedEvent, is_retried: bool, is_unmasked: bool) -> String {
    let reason = &event.reason;
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(1).key("id").string(&event.id.to_string());
    let _ = writer.key("error").string(&reason.code).key("detail").string(&reason.detail);
    let _ = writer.key("origin").string(&origin(event)).key("source").optional(reason.source.as_deref());
    let _ = writer.key("at").string(&reason.at.to_string()).key("left_out").unsigned(reason.left_out);
    let _ = writer.key("retries").unsigned(reason.retries.into()).key("retried").bool(is_retried);
    let _ = writer.key("key").raw(&key(event, is_unmasked).to_string());
    let _ = writer.key("headers").raw(&headers(event, is_unmasked).to_string()).key("value");
    let text = event.record.value.as_deref().map(String::from_utf8_lossy);
    let _ = match (event.record.value.as_deref(), text) {
        (Some(value), _) if !is_unmasked => writer.raw(&masked::value(value).to_string()),
        // Of what is no JSON, such as what names a member twice, the text itself.
        (_, Some(text)) if Document::parse_own(&text).is_err() => writer.string(&text),
        (_, Some(text)) => writer.raw(&text),
        (_, None) => writer.null(),
    };
    let _ = writer.end_object();
    writer.finish()
}

fn key(event: &FailedEvent, is_unmasked: bool) -> Value {
    match event.record.key.as_deref() {
        None => Value::Null,
        Some(key) if is_unmasked => Value::String(String::from_utf8_lossy(key).into_owned()),
        Some(key) => Value::String(format!("<{} bytes>", key.len())),
    }
}

/// The headers that came: an object, or a list of pairs where a name comes twice.
fn headers(event: &FailedEvent, is_unmasked: bool) -> Value {
    let came = &event.record.headers[..event.reason.came];
    let shown = |header: &segue_log::Header| match header.value.as_deref() {
        Some(value) if is_unmasked => Value::String(String::from_utf8_lossy(value).into_owned()),
        value => masked::header(&header.name, value),
    };
    let all: Map<String, Value> = came.iter().map(|header| (header.name.clone(), shown(header))).collect();
    if all.len() == came.len() {
        return Value::Object(all);
    }
    came.iter().map(|header| json!([header.name, shown(header)])).collect()
}

/// The record as `segue replay` writes it.
fn as_append(event: &FailedEvent) -> Append {
    Append {
        topic: FAILED.into(),
        place: segue_log::Place::Partition(event.id.partition),
        key: event.record.key.clone(),
        value: event.record.value.clone(),
        headers: event.record.headers.clone(),
    }
}
