//! What differs, as programs read it: see `schemas/diff.json`.

use segue_document::Writer;

use super::{Diff, Difference, Way};

/// All of it in one document.
pub fn document(diff: &Diff, is_over: bool) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(1);
    summary(&mut writer, diff, is_over);
    let _ = writer.key("differences").begin_array();
    diff.differences.iter().for_each(|one| difference(&mut writer, one));
    let _ = writer.end_array().end_object();
    writer.finish()
}

/// A difference a line; then how many there are, in one line.
pub fn lines(diff: &Diff, is_over: bool) -> Vec<String> {
    let line = |write: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        write(&mut writer);
        writer.finish()
    };
    let mut lines: Vec<String> =
        diff.differences.iter().map(|one| line(&|writer| difference(writer, one))).collect();
    lines.push(line(&|writer| {
        let _ = writer.begin_object().key("v").integer(1);
        summary(writer, diff, is_over);
        let _ = writer.end_object();
    }));
    lines
}

fn summary(writer: &mut Writer, diff: &Diff, is_over: bool) {
    let _ = writer.key("tasks").begin_object().key("before").unsigned(diff.tasks.0);
    let _ = writer.key("after").unsigned(diff.tasks.1).end_object();
    for way in Way::ALL {
        let _ = writer.key(way.word()).unsigned(diff.count(way));
    }
    let _ = writer.key("over").bool(is_over).key("by").begin_object();
    for (name, counts) in &diff.by {
        let _ = writer.key(name).begin_object();
        for (group, ways) in counts {
            let _ = writer.key(group).begin_object();
            for (way, count) in Way::ALL.iter().zip(ways) {
                let _ = writer.key(way.word()).unsigned(*count);
            }
            let _ = writer.end_object();
        }
        let _ = writer.end_object();
    }
    let _ = writer.end_object();
}

fn difference(writer: &mut Writer, one: &Difference) {
    let _ = writer.begin_object().key("way").string(one.way.word()).key("task").string(&one.task);
    for (name, text) in [
        ("what", &one.what),
        ("action", &one.action),
        ("rule", &one.rule),
        ("subject", &one.subject),
        ("at", &one.at),
        ("destination", &one.destination),
    ] {
        let _ = writer.key(name).string(text);
    }
    let _ = writer.key("channel").optional(one.channel.as_deref()).key("fields").begin_array();
    for (path, before, after) in &one.fields {
        let _ = writer.begin_object().key("path").string(path);
        for (name, json) in [("before", before), ("after", after)] {
            if let Some(json) = json {
                let _ = writer.key(name).raw(json);
            }
        }
        let _ = writer.end_object();
    }
    let _ = writer.end_array().key("why");
    match &one.whys {
        None => {
            let _ = writer.null();
        }
        Some((before, after)) => {
            let _ =
                writer.begin_object().key("before").string(before).key("after").string(after).end_object();
        }
    }
    let _ = writer.end_object();
}
