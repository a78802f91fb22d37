//! Tasks that live: entered into the agenda, withdrawn, and told of: as news to rules and as statuses to sources.

use std::sync::Arc;

use segue_decide::{Timer, again};
use segue_document::{Document, Writer};
use segue_model::event::OWN_SOURCE;
use segue_model::task::Said;
use segue_model::{Event, Live, Stage, Status, Task, id};

use super::{Next, Out, Run};

impl Run<'_> {
    /// Enters tasks that wait or have left, and tells of them; tasks of which no more will be heard are told of only.
    pub(super) fn enter(
        &mut self,
        lives: Vec<Live>,
        tasks: &[Task],
        event: Option<&Event>,
        cause: Option<&Event>,
        steps: u32,
    ) {
        for task in tasks.iter().filter(|task| !lives.iter().any(|live| live.id == task.id)) {
            if let Some(cause) = cause {
                let named = (task.id.as_str(), task.action.as_str());
                self.tell(cause, "released", Some(named), None);
                let news = News { task: named, rule: &task.rule, stage: "released", number: 0 };
                let journey = &task.journey;
                self.raise_news(&news, journey, event, cause, steps, None, None);
            }
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
            let begun = task.begun.clone();
            let matter = segue_decide::Matter {
                event: begun.event.as_deref(),
                cause: begun.cause(),
                ..self.matter(Some(Timer { id: "", kind: "reminder" }), begun.steps)
            };
            let told = again::withdrawn(&matter, &task).map(|told| Task { said: Said::Withdrawn, ..told });
            self.done.out.extend(told.map(Box::new).map(Out::Task));
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
        let named = (task.id.as_str(), task.action.as_str());
        let news = News { task: named, rule: &task.rule, stage, number: task.news };
        let event = begun.event.as_deref();
        match begun.cause() {
            Some(cause) => {
                self.raise_news(&news, &task.journey, event, cause, begun.steps, reason, answer);
            }
            // What a moment began goes back to nothing but itself.
            None => self.raise_own_news(&news, &task.journey, begun.steps, reason, answer),
        }
        task.news += 1;
    }

    fn tell_of(&mut self, task: &Live, stage: &'static str, reason: Option<&str>) {
        if let Some(cause) = task.begun.cause() {
            self.tell(cause, stage, Some((&task.id, &task.action)), reason);
        }
    }

    fn tell(&mut self, cause: &Event, stage: &'static str, task: Option<(&str, &str)>, reason: Option<&str>) {
        let status = self.status(cause, stage, task, reason);
        self.done.out.extend(status.map(Box::new).map(Out::Status));
    }

    /// The status for the source of an event, if it wants to be told.
    pub(super) fn status(
        &self,
        event: &Event,
        stage: &'static str,
        task: Option<(&str, &str)>,
        reason: Option<&str>,
    ) -> Option<Status> {
        let source = self.around.bundle.sources.get(&event.source)?;
        let topic = source.status.clone()?;
        let at = self.around.now;
        let of = task.map_or(event.id.as_str(), |(task, _)| task);
        Some(Status {
            topic,
            id: format!("{of}/{stage}/{}", at.0),
            event: event.id.clone(),
            subject: self.subject.clone(),
            stage,
            task: task.map(|(task, action)| (task.to_owned(), action.to_owned())),
            reason: reason.map(str::to_owned),
            at,
            traceparent: event.traceparent.clone(),
        })
    }

    fn raise_own_news(
        &mut self,
        news: &News<'_>,
        journey: &str,
        steps: u32,
        reason: Option<&str>,
        answer: Option<&str>,
    ) {
        if !self.is_looked_at(news.stage) {
            return;
        }
        let event = self.news_event(news, journey, None, reason, answer);
        let cause = Arc::new(event.clone());
        self.next.push_back(Next { event, cause, steps: steps + 1 });
    }

    #[expect(clippy::too_many_arguments, reason = "each part of a piece of news is said once, here")]
    fn raise_news(
        &mut self,
        news: &News<'_>,
        journey: &str,
        event: Option<&Event>,
        cause: &Event,
        steps: u32,
        reason: Option<&str>,
        answer: Option<&str>,
    ) {
        if !self.is_looked_at(news.stage) {
            return;
        }
        let traceparent = event.or(Some(cause)).and_then(|event| event.traceparent.clone());
        let event = self.news_event(news, journey, traceparent, reason, answer);
        self.next.push_back(Next { event, cause: Arc::new(cause.clone()), steps: steps + 1 });
    }

    fn news_event(
        &self,
        news: &News<'_>,
        journey: &str,
        traceparent: Option<String>,
        reason: Option<&str>,
        answer: Option<&str>,
    ) -> Event {
        let (task, action) = news.task;
        let mut writer = Writer::new();
        let _ = writer.begin_object().key("action").string(action).key("task").string(task);
        let _ = writer.key("rule").string(news.rule);
        for (name, text) in [("reason", reason), ("answer", answer)] {
            if let Some(text) = text {
                let _ = writer.key(name).string(text);
            }
        }
        let _ = writer.end_object();
        let now = self.around.now;
        Event {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: id::news(task, news.stage, news.number, self.subject),
            kind: format!("task.{}", news.stage),
            time: now,
            logged_at: now,
            subject: Some(self.subject.clone()),
            journey: journey.to_owned(),
            traceparent,
            data: Document::parse_own(&writer.finish()).expect("what was written is JSON"),
        }
    }

    /// True if anything in the bundle looks at the news of a stage: else they are not made.
    fn is_looked_at(&self, stage: &str) -> bool {
        let bundle = self.around.bundle;
        let kind = format!("task.{stage}");
        bundle.rules_by_type.contains_key(&kind)
            || bundle.signals_by_type.contains_key(&kind)
            || bundle.absences_by_type.contains_key(&kind)
            || bundle.unless_by_type.contains_key(&kind)
            || bundle.needs.events.contains_key(&kind)
    }
}

/// What happened to a task.
struct News<'a> {
    /// Its id and its action.
    task: (&'a str, &'a str),
    rule: &'a str,
    stage: &'static str,
    /// How many news of the task there were before.
    number: u32,
}
