//! Tests of the metrics, by what is scraped.

use super::*;

fn line(metrics: &Metrics, start: &str) -> Option<String> {
    metrics.render().lines().find(|line| line.starts_with(start)).map(str::to_owned)
}

/// Counts the series of a metric.
fn series(metrics: &Metrics, name: &str) -> usize {
    metrics.render().lines().filter(|line| line.starts_with(&format!("{name}{{"))).count()
}

#[test]
fn every_counter_shows_under_its_own_name_and_labels() {
    let metrics = Metrics::new();
    let (of, result) = (Loop::Decide, StepResult::Rewound);
    let cases = [
        (
            Counter::IntakeRecords { source: "crm", result: IntakeResult::Ignored },
            r#"segue_intake_records_total{result="ignored",source="crm"} "#,
        ),
        (Counter::FailedEvents { code: "not-json" }, r#"segue_failed_events_total{code="not-json"} "#),
        (
            Counter::LogCopies { result: CopyResult::Duplicate },
            r#"segue_log_copies_total{result="duplicate"} "#,
        ),
        (Counter::Decisions { result: "no-action" }, r#"segue_decisions_total{result="no-action"} "#),
        (
            Counter::Tasks { action: "call", destination: "desk" },
            r#"segue_tasks_total{action="call",destination="desk"} "#,
        ),
        (Counter::ExpressionErrors { rule: "churn" }, r#"segue_expression_errors_total{rule="churn"} "#),
        (Counter::Steps { of, result }, r#"segue_steps_total{loop="decide",result="rewound"} "#),
        (
            Counter::StepsUndone { of, reason: "fenced" },
            r#"segue_steps_undone_total{loop="decide",reason="fenced"} "#,
        ),
        (Counter::PartitionsRestored, "segue_partitions_restored_total "),
        (Counter::Forgotten { of: "page.viewed" }, r#"segue_forgotten_total{of="page.viewed"} "#),
        (
            Counter::StatusesUntold { topic: "crm.status" },
            r#"segue_statuses_untold_total{topic="crm.status"} "#,
        ),
        (Counter::ProfileReads { from: ReadFrom::Disk }, r#"segue_profile_reads_total{from="disk"} "#),
        (Counter::StateGivenUp { reason: "damaged" }, r#"segue_state_given_up_total{reason="damaged"} "#),
        (Counter::StateRewritten, "segue_state_rewritten_total "),
        (
            Counter::ShadowDecisions { result: "written" },
            r#"segue_shadow_decisions_total{result="written"} "#,
        ),
        (
            Counter::ShadowDifferences { rule: "churn", difference: "added" },
            r#"segue_shadow_differences_total{difference="added",rule="churn"} "#,
        ),
        (
            Counter::AddressDatabases { result: "refused" },
            r#"segue_address_databases_total{result="refused"} "#,
        ),
    ];
    assert_eq!(cases.len(), list::COUNTERS.len());
    for (by, (counter, start)) in (1..).zip(cases) {
        metrics.count(counter, by);
        metrics.count(counter, 10);
        assert_eq!(line(&metrics, start), Some(format!("{start}{}", by + 10)));
    }
}

#[test]
fn every_gauge_shows_its_last_value() {
    let metrics = Metrics::new();
    let cases = [
        (Gauge::PartitionsOwned { of: Loop::Decide }, r#"segue_partitions_owned{loop="decide"} "#),
        (Gauge::Profiles, "segue_profiles "),
        (Gauge::StateDiskBytes, "segue_state_disk_bytes "),
        (
            Gauge::ControlSubjects { policy: "p", arm: Arm::Control },
            r#"segue_control_subjects{arm="control",policy="p"} "#,
        ),
        (
            Gauge::ControlGoals { policy: "p", arm: Arm::Others },
            r#"segue_control_goals{arm="others",policy="p"} "#,
        ),
        (Gauge::TopicMissing { topic: "a" }, r#"segue_topic_missing{topic="a"} "#),
        (
            Gauge::AddressDatabaseBuilt { file: "a.mmdb" },
            r#"segue_address_database_built_seconds{file="a.mmdb"} "#,
        ),
        (Gauge::Paused { part: "rule/a" }, r#"segue_paused{part="rule/a"} "#),
    ];
    for (gauge, start) in cases {
        metrics.set(gauge, 7);
        metrics.set(gauge, 5);
        assert_eq!(line(&metrics, start), Some(format!("{start}5")));
    }
}

#[test]
fn timings_fall_into_buckets() {
    let metrics = Metrics::new();
    metrics.observe(Timing::Step { of: Loop::Intake }, 0.004);
    metrics.observe(Timing::EventToTask, 45.0);
    for expected in [
        r#"segue_step_seconds_bucket{loop="intake",le="0.0025"} 0"#,
        r#"segue_step_seconds_bucket{loop="intake",le="0.005"} 1"#,
        r#"segue_event_to_task_seconds_bucket{le="30"} 0"#,
        r#"segue_event_to_task_seconds_bucket{le="60"} 1"#,
        "segue_event_to_task_seconds_count 1",
    ] {
        assert_eq!(line(&metrics, expected).as_deref(), Some(expected));
    }
}

#[test]
fn series_stay_bounded_whatever_values_come() {
    let metrics = Metrics::new();
    for number in 0..3 * SERIES_MAX {
        let source = format!("source-{number}");
        for result in [IntakeResult::Logged, IntakeResult::Failed] {
            metrics.count(Counter::IntakeRecords { source: &source, result }, 1);
        }
        metrics.count(Counter::Tasks { action: &source, destination: &source }, 1);
    }
    // One series of `other` for each value of the label that is ours.
    assert_eq!(series(&metrics, "segue_intake_records_total"), SERIES_MAX + 2);
    assert_eq!(series(&metrics, "segue_tasks_total"), SERIES_MAX + 1);
    let other = r#"segue_tasks_total{action="other",destination="other"} "#;
    assert_eq!(line(&metrics, other), Some(format!("{other}{}", 2 * SERIES_MAX)));

    // What came in time goes on under its own name.
    metrics.count(Counter::Tasks { action: "source-0", destination: "source-0" }, 1);
    let first = r#"segue_tasks_total{action="source-0",destination="source-0"} "#;
    assert_eq!(line(&metrics, first), Some(format!("{first}2")));
}

#[test]
fn a_new_bundle_takes_the_place_of_the_old_one() {
    let metrics = Metrics::new();
    for bundle in 0..2 * SERIES_MAX {
        metrics.set_build_info("0.1.0", &format!("b{bundle}"));
    }
    assert_eq!(series(&metrics, "segue_build_info"), 1);
    let expected = format!(r#"segue_build_info{{bundle="b{}",version="0.1.0"}} 1"#, 2 * SERIES_MAX - 1);
    assert_eq!(line(&metrics, "segue_build_info"), Some(expected));
}

#[test]
fn steps_and_copies_begin_at_zero() {
    let metrics = Metrics::new();
    assert_eq!(series(&metrics, "segue_steps_total"), 6);
    assert_eq!(series(&metrics, "segue_log_copies_total"), 4);
    assert_eq!(line(&metrics, "segue_profiles ").as_deref(), Some("segue_profiles 0"));
}

#[test]
fn a_gauge_of_several_threads_is_the_sum_of_their_parts_and_a_part_goes_with_its_thread() {
    let metrics = Metrics::new();
    let (one, other) = (metrics.share(), metrics.share());
    let shown = || line(&metrics, "segue_profiles ").unwrap();
    one.set(Gauge::Profiles, 5);
    other.set(Gauge::Profiles, 2);
    other.clone().set(Gauge::Profiles, 3);
    assert_eq!(shown(), "segue_profiles 8");
    drop(one);
    assert_eq!(shown(), "segue_profiles 3");
    other.set(Gauge::Profiles, 0);
    assert_eq!(shown(), "segue_profiles 0");
}
