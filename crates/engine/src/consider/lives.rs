//! Tasks that live: entered into the agenda, withdrawn, and told of: as news to rules and as statuses to sources.

use std::sync::Arc;

use segue_decide::{Matter, Timer, again};
use segue_document::{Document, Writer};
use segue_log::Append;
use segue_model::event::OWN_SOURCE;
use segue_model::task::Said;
use segue_model::{Event, Live, Stage, Status, Surroundings, Task, id};

use super::kept::Left;
use super::{Next, Run};

/// What happened to a task.
struct News<'a> {
    task: &'a str,
    action: &'a str,
    rule: &'a str,
    journey: &'a str,
    channel: Option<&'a str>,
    stage: &'static str,
    reason: Option<&'a str>,
    answer: Option<&'a str>,
    /// How many news of the task there were before.
    number: u32,
}

impl Run<'_> {
    /// Enters tasks that wait or have left, and tells of them; tasks of which no more will be heard are told of only.
    pub(super) fn enter(
        &mut self,
        lives: Vec<Live>,
        left: Vec<Left>,
        event: Option<&Event>,
        cause: Option<&Event>,
        steps: u32,
    ) {
        for task in left {
            let Left { id, action, rule, journey, channel, seen } = task;
            for (name, seen) in seen {
                self.remember_released(&name, seen);
            }
            if lives.iter().any(|live| live.id == id) {
                continue;
            }
            if let Some(cause) = cause {
                self.tell(cause, "released", Some((&id, &action)), None);
            }
            let (action, rule, journey, channel) = (&action, &rule, &journey, channel.as_deref());
            let (stage, reason, answer, number) = ("released", None, None, 0);
            let news = News { task: &id, action, rule, journey, channel, stage, reason, answer, number };
            self.raise(&news, event, cause, steps);
        }
        for mut live in lives {
            match &live.stage {
                Stage::Held(held) => {
                    let by = held.by.clone();
                    self.tell_of(&live, "held", Some(&by));
                }
                _ => self.news(&mut live, "released", None, None),
            }
            let agenda = self.agenda();
            match agenda.tasks.iter_mut().find(|known| known.id == live.id) {
                Some(known) => *known = live,
                None => agenda.tasks.push(live),
            }
        }
    }

    /// Tells that a task is withdrawn: its destination, if it has left, its source, and rules.
    pub(super) fn withdraw(&mut self, mut task: Live, reason: &str) {
        if matches!(task.stage, Stage::Released(_)) {
            let mut told = Vec::new();
            {
                let matter = Matter {
                    event: task.begun.event.as_deref(),
                    cause: task.begun.cause(),
                    ..self.matter(Some(Timer { id: "", kind: "reminder" }), task.begun.steps)
                };
                if let Some(task) = again::withdrawn(&matter, &task) {
                    let task = Task { said: Said::Withdrawn, ..task };
                    self.around.outputs.add(None, &[task], self.around.now, &mut told);
                }
            }
            self.done.appends.append(&mut told);
        }
        self.news(&mut task, "withdrawn", Some(reason), None);
    }

    /// Tells of a task: a status to its source, and a piece of news to rules.
    pub(super) fn news(
        &mut self,
        task: &mut Live,
        stage: &'static str,
        reason: Option<&str>,
        answer: Option<&str>,
    ) {
        self.tell_of(task, stage, reason);
        let begun = task.begun.clone();
        let (action, rule, journey, number) = (&task.action, &task.rule, &task.journey, task.news);
        let channel = task.channel.as_deref();
        let news = News { task: &task.id, action, rule, journey, channel, stage, reason, answer, number };
        self.raise(&news, begun.event.as_deref(), begun.cause(), begun.steps);
        task.news += 1;
    }

    pub(super) fn tell_of(&mut self, task: &Live, stage: &'static str, reason: Option<&str>) {
        if let Some(cause) = task.begun.cause() {
            self.tell(cause, stage, Some((&task.id, &task.action)), reason);
        }
    }

    fn tell(&mut self, cause: &Event, stage: &'static str, task: Option<(&str, &str)>, reason: Option<&str>) {
        if let Some(status) = self.status(cause, stage, task, reason) {
            let _ = self.first_status.get_or_insert(self.done.appends.len());
            self.done.appends.push(status);
        }
    }

    /// The status for the source of an event, if it wants to be told.
    pub(super) fn status(
        &mut self,
        event: &Event,
        stage: &'static str,
        task: Option<(&str, &str)>,
        reason: Option<&str>,
    ) -> Option<Append> {
        let source = self.around.bundle.sources.get(&event.source)?;
        let topic = source.status.clone()?;
        if self.around.bars.is_closed(&topic) {
            // It says what the decision says as well; to keep it for a source that is not there has no end.
            *self.done.counted.untold.entry(topic).or_default() += 1;
            return None;
        }
        let at = self.around.now;
        let of = task.map_or(event.id.as_str(), |(task, _)| task);
        let status = Status {
            topic,
            id: format!("{of}/{stage}/{}", at.0),
            event: event.id.clone(),
            subject: Some(self.subject.clone()),
            subjects: None,
            stage,
            task: task.map(|(task, action)| (task.to_owned(), action.to_owned())),
            reason: reason.map(str::to_owned),
            at,
            traceparent: event.traceparent.clone(),
        };
        Some(self.around.outputs.status(&status))
    }

    /// Makes an event of a piece of news, where anything looks at it. What a moment began goes back to nothing but the
    /// news itself.
    fn raise(&mut self, news: &News<'_>, event: Option<&Event>, cause: Option<&Event>, steps: u32) {
        let kind = format!("task.{}", news.stage);
        if !self.around.bundle.looks_at(&kind) {
            return;
        }
        let traceparent = event.or(cause).and_then(|event| event.traceparent.clone());
        let now = self.around.now;
        let event = Event {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: id::news(news.task, news.stage, news.number, self.subject).to_string(),
            kind,
            time: now,
            logged_at: now,
            subject: Some(self.subject.clone()),
            journey: news.journey.to_owned(),
            traceparent,
            surroundings: Surroundings::default(),
            data: data(news),
        };
        let cause = Arc::new(cause.cloned().unwrap_or_else(|| event.clone()));
        let stimulus = self.stimulus;
        self.next.push_back(Next { event, cause, steps: steps + 1, stimulus });
    }
}

fn data(news: &News<'_>) -> Document {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("action").string(news.action).key("task").string(news.task);
    let _ = writer.key("rule").string(news.rule);
    for (name, text) in [("channel", news.channel), ("reason", news.reason), ("answer", news.answer)] {
        if let Some(text) = text {
            let _ = writer.key(name).string(text);
        }
    }
    let _ = writer.end_object();
    Document::parse_own(&writer.finish()).expect("what was written is JSON")
}
