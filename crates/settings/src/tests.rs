use std::collections::HashMap;
use std::fs;

use tempfile::TempDir;

use super::*;

/// A directory with a bundle and a file of settings.
fn directory(settings: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("bundle")).unwrap();
    fs::write(directory.path().join("segue.yaml"), settings).unwrap();
    directory
}

fn read(settings: &str, environment: &[(&str, &str)]) -> Result<Settings, Faults> {
    let directory = directory(settings);
    let environment: HashMap<_, _> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::read_with(&directory.path().join("segue.yaml"), Purpose::Run, environment)
}

const LEAST: &str = "instance: router-0\nbundle: bundle\nkafka: {brokers: 'localhost:9092'}\n";

#[test]
fn the_least_that_is_needed_gets_the_defaults() {
    let settings = read(LEAST, &[]).unwrap();
    assert_eq!(settings.instance, "router-0");
    assert_eq!(settings.log, LogPlace::Kafka);
    assert_eq!(settings.delivery, Delivery::ExactlyOnce);
    assert_eq!(settings.dedup, Span(86_400_000));
    assert_eq!(
        settings.limits,
        Limits { bytes_max: 262_144, depth_max: 32, values_max: 10_000, profile_bytes_max: 524_288 }
    );
    assert_eq!(settings.batch, Batch { records_max: 2_000, wait: Duration::from_millis(100) });
    assert_eq!(
        settings.topics,
        TopicSettings { partitions: 12, replication: None, keep_decisions: Span(396 * 86_400_000) }
    );
    assert_eq!((settings.zone.as_str(), settings.clock), ("UTC", Clock::System));
    assert_eq!(settings.behind, Some(Span(60_000)));
    let by_hand = |more: &str| read(&format!("{LEAST}clock: {{file: clock}}\n{more}"), &[]).unwrap().behind;
    assert_eq!((by_hand(""), by_hand("behind: 2m\n")), (None, Some(Span(120_000))));
    assert_eq!(settings.state, None);
    assert_eq!(settings.admin_listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn every_key_is_read() {
    let settings = read(
        "instance: r.1\nbundle: bundle\nlog: {embedded: data}\ndelivery: at-least-once\ndedup: 1h30m\nzone: Europe/Paris\n\
         topics: {partitions: 3, replication: 2, keep_decisions: 60d}\nlimits: {bytes_max: 2048, depth_max: 8, values_max: 100, profile_bytes_max: 8192}\n\
         state: {dir: kept, cache_bytes: 33554432}\nlookups: {ip: segue.yaml}\nworkers: {intake: 2, decide: 4}\nbatch: {records_max: 10, wait: 1s}\nclock: {file: clock}\nadmin: {listen: '[::1]:9'}\n",
        &[],
    )
    .unwrap();
    let base = settings.bundle.parent().unwrap().to_owned();
    assert_eq!(settings.log, LogPlace::Embedded(base.join("data")));
    assert_eq!(settings.clock, Clock::File(base.join("clock")));
    assert_eq!(settings.delivery, Delivery::AtLeastOnce);
    assert_eq!((settings.dedup, settings.zone.as_str()), (Span(5_400_000), "Europe/Paris"));
    assert_eq!(
        settings.topics,
        TopicSettings { partitions: 3, replication: Some(2), keep_decisions: Span(60 * 86_400_000) }
    );
    assert_eq!(settings.workers, Workers { intake: 2, decide: 4 });
    assert_eq!(settings.batch, Batch { records_max: 10, wait: Duration::from_secs(1) });
    assert_eq!(settings.limits.profile_bytes_max, 8_192);
    assert_eq!(settings.state, Some(StateSettings { dir: base.join("kept"), cache_bytes: 32 << 20 }));
    assert_eq!(settings.lookups.ip, [base.join("segue.yaml")]);
    assert_eq!(settings.admin_listen.port(), 9);
}

#[test]
fn state_needs_a_directory_and_room() {
    for (state, expected) in [
        ("{cache_bytes: 33554432}", "state.dir: is missing"),
        ("{dir: segue.yaml}", "state.dir: "),
        ("{dir: kept, cache_bytes: 100}", "state.cache_bytes: `100` is no whole number from 16777216"),
    ] {
        let faults = read(&format!("{LEAST}state: {state}\n"), &[]).unwrap_err().to_string();
        assert!(faults.contains(expected), "{faults}");
    }
    assert_eq!(
        read(&format!("{LEAST}state: {{dir: kept}}\n"), &[]).unwrap().state.unwrap().cache_bytes,
        256 << 20
    );
}

#[test]
fn databases_of_addresses_are_files_each_of_which_is_there() {
    let directory = directory("");
    for name in ["city.mmdb", "country.mmdb"] {
        fs::write(directory.path().join(name), "").unwrap();
    }
    let read = |lookups: &str, purpose, environment: &[(&str, &str)]| {
        let path = directory.path().join("segue.yaml");
        fs::write(&path, format!("{LEAST}{lookups}")).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read_with(&path, purpose, environment.collect())
    };
    let names = |settings: Settings| {
        let files = settings.lookups.ip.into_iter();
        files.map(|file| file.strip_prefix(directory.path()).unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (lookups, expected) in [
        ("", &[][..]),
        ("lookups: {ip: city.mmdb}", &["city.mmdb"]),
        ("lookups: {ip: [city.mmdb, country.mmdb]}", &["city.mmdb", "country.mmdb"]),
        ("lookups: {ip: 'city.mmdb, country.mmdb'}", &["city.mmdb", "country.mmdb"]),
    ] {
        let found = names(read(lookups, Purpose::Run, &[]).unwrap());
        assert_eq!(found, expected.iter().map(PathBuf::from).collect::<Vec<_>>(), "{lookups}");
    }
    let variable = [("SEGUE__LOOKUPS__IP", "country.mmdb,city.mmdb")];
    let found = names(read("lookups: {ip: city.mmdb}", Purpose::Run, &variable).unwrap());
    assert_eq!(found, [PathBuf::from("country.mmdb"), PathBuf::from("city.mmdb")]);
    for (lookups, expected) in [
        ("lookups: {ip: gone.mmdb}", "gone.mmdb is no file (a whole file in MaxMind's format"),
        ("lookups: {ip: [city.mmdb, bundle]}", "bundle is no file"),
        ("lookups: {ip: []}", "lookups.ip: is one file to 4 files"),
        ("lookups: {ip: [city.mmdb, '']}", "lookups.ip: is one file to 4 files"),
        ("lookups: {ip: [a, b, c, d, e]}", "lookups.ip: is one file to 4 files"),
        ("lookups: {ip: {file: city.mmdb}}", "lookups.ip: is a single value"),
        ("lookups: {db: city.mmdb}", "lookups.db: unknown key"),
        ("lookups: city.mmdb", "lookups: is a mapping of ip"),
    ] {
        let faults = read(lookups, Purpose::Run, &[]).unwrap_err().to_string();
        assert!(faults.contains(expected), "{lookups}: {faults}");
    }
    assert!(read("lookups: {ip: gone.mmdb}", Purpose::Topics, &[]).is_ok(), "it is for whoever runs");
}

#[test]
fn all_faults_are_listed_at_once_with_their_keys() {
    let faults = read(
        "bundel: bundle\ninstance: 'a b'\nkafka: {broker: x, properties: {group.id: g, sasl.password: {fil: x}}}\ndedup: 24\n\
         delivery: twice\nlimits: {depth_max: 0}\nlog: here\nzone: Mars/Base\nadmin: {listen: 8080}\nworkers: 3\nbatch: {wait: 1h}\n",
        &[],
    )
    .unwrap_err();
    let keys: Vec<_> = faults.faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "admin.listen",
            "batch.wait",
            "bundel",
            "bundle",
            "dedup",
            "delivery",
            "instance",
            "kafka.broker",
            "kafka.brokers",
            "kafka.properties.group.id",
            "kafka.properties.sasl.password",
            "limits.depth_max",
            "log",
            "workers",
            "zone",
        ],
        "{faults}"
    );
    let hint = |key: &str| faults.faults.iter().find(|fault| fault.key == key).unwrap().hint.clone().unwrap();
    assert_eq!(hint("bundel"), "did you mean `bundle`?");
    assert_eq!(hint("kafka.broker"), "did you mean `brokers`?");
    assert!(hint("dedup").contains("unit"));
}

#[test]
fn the_environment_wins_over_the_file() {
    let settings = read(
        "instance: file\nbundle: bundle\nkafka: {brokers: [a:1, b:2], properties: {sasl.username: file, linger.ms: 1}}\n",
        &[
            ("SEGUE__INSTANCE", "environment"),
            ("SEGUE__KAFKA__PROPERTIES__SASL_USERNAME", "ada"),
            ("SEGUE__TOPICS__PARTITIONS", "7"),
            ("SEGUE_LOG", "debug"),
            ("OTHER__INSTANCE", "x"),
        ],
    )
    .unwrap();
    assert_eq!(settings.instance, "environment");
    assert_eq!(settings.kafka.brokers, "a:1,b:2");
    assert_eq!(settings.kafka.properties.get("sasl.username"), Some("ada"));
    assert_eq!(settings.kafka.properties.get("linger.ms"), Some("1"));
    assert_eq!(settings.topics.partitions, 7);
    let faults = read(LEAST, &[("SEGUE__KAFKA__BROKRES", "x")]).unwrap_err();
    assert_eq!(faults.faults[0].key, "kafka.brokres");
}

#[test]
fn only_brokers_may_be_a_list() {
    let faults = read(
        "instance: [r]\nbundle: bundle\nzone: [Europe/Paris]\n\
         kafka: {brokers: [a:1], properties: {ssl.key.password: [x], linger.ms: [1], debug: [broker, topic]}}\n",
        &[],
    )
    .unwrap_err();
    let keys: Vec<_> = faults.faults.iter().map(|fault| fault.key.as_str()).collect();
    let properties =
        ["debug", "linger.ms", "ssl.key.password"].map(|name| format!("kafka.properties.{name}"));
    assert_eq!(keys[..2], ["instance", &properties[0]], "{faults}");
    assert_eq!(keys[2..], [&properties[1], &properties[2], "zone"], "{faults}");
}

#[test]
fn a_fault_that_comes_from_the_environment_names_the_variable() {
    let variables =
        [("SEGUE__DEDUP", "24"), ("SEGUE__KAFKA__BROKRES", "x"), ("SEGUE__KAFKA__PROPERTIES__LINGR_MS", "7")];
    let faults = read(&format!("{LEAST}zone: Mars/Base\n"), &variables).unwrap_err();
    let named: Vec<_> = faults.faults.iter().map(|fault| fault.variable.as_deref()).collect();
    assert_eq!(named, [Some(variables[0].0), Some(variables[1].0), Some(variables[2].0), None], "{faults}");
    let said = faults.to_string();
    assert!(said.contains("\n  dedup, from SEGUE__DEDUP: `24` is no length of time"), "{said}");
    assert!(said.contains("\n  zone: "), "{said}");
}

#[test]
fn what_librdkafka_would_refuse_is_refused_at_once_and_no_secret_is_told() {
    let directory = directory(
        "instance: r\nbundle: bundle\nkafka:\n  brokers: b:1\n  properties:\n    lingr.ms: 1\n    linger.ms: soon\n    socket.timeout.ms: {file: secret}\n",
    );
    fs::write(directory.path().join("secret"), "top-secret\n").unwrap();
    let path = directory.path().join("segue.yaml");
    let faults = Settings::read_with(&path, Purpose::Run, HashMap::new()).unwrap_err();
    let said = faults.to_string();
    assert_eq!(faults.faults.len(), 3, "{said}");
    assert!(said.contains("properties.lingr.ms: librdkafka refuses it: No such configuration"), "{said}");
    assert!(said.contains("properties.linger.ms: librdkafka refuses it: Invalid value"), "{said}");
    assert!(said.ends_with("properties.socket.timeout.ms: librdkafka refuses it"), "{said}");
}

#[test]
fn secrets_come_from_files_and_are_never_printed() {
    let directory = directory(
        "instance: r\nbundle: bundle\nkafka:\n  brokers: b:1\n  properties:\n    sasl.password: {file: secret}\n    ssl.key.password: plain-secret\n    sasl.username: ada\n",
    );
    fs::write(directory.path().join("secret"), "top-secret\n").unwrap();
    let path = directory.path().join("segue.yaml");
    let settings = Settings::read_with(&path, Purpose::Run, HashMap::new()).unwrap();
    assert_eq!(settings.kafka.properties.get("sasl.password"), Some("top-secret"));
    let printed = format!("{settings:?}");
    assert!(printed.contains("ada"), "{printed}");
    assert!(!printed.contains("top-secret") && !printed.contains("plain-secret"), "{printed}");

    fs::remove_file(directory.path().join("secret")).unwrap();
    let faults = Settings::read_with(&path, Purpose::Run, HashMap::new()).unwrap_err();
    assert_eq!(faults.faults[0].key, "kafka.properties.sasl.password");
}

#[test]
fn certificates_go_unverified_on_loopback_only() {
    for (brokers, allowed) in [
        ("localhost:9092,127.0.0.1:9093", true),
        ("SSL://[::1]:9092", true),
        ("localhost:9092,kafka.example:9092", false),
        ("127.0.0.1.example:9092", false),
    ] {
        let settings = format!(
            "instance: r\nbundle: bundle\nkafka: {{brokers: '{brokers}', properties: {{enable.ssl.certificate.verification: false}}}}"
        );
        assert_eq!(read(&settings, &[]).is_ok(), allowed, "{brokers}");
    }
}

#[test]
fn what_a_purpose_does_not_need_may_be_missing() {
    let directory = directory("bundle: bundle\nkafka: {brokers: b:1}\n");
    let path = directory.path().join("segue.yaml");
    assert!(Settings::read_with(&path, Purpose::Topics, HashMap::new()).is_ok());
    let faults = Settings::read_with(&path, Purpose::Run, HashMap::new()).unwrap_err();
    assert_eq!(faults.faults[0].key, "instance");
}

#[test]
fn a_file_that_cannot_be_read_or_is_no_yaml_is_one_fault() {
    let absent =
        Settings::read_with(Path::new("no/such/file.yaml"), Purpose::Run, HashMap::new()).unwrap_err();
    assert_eq!(absent.faults.len(), 1);
    for text in ["a: [", "a: 1\na: 2", "- a", "just text"] {
        let faults = read(text, &[]).unwrap_err();
        assert_eq!(faults.faults.len(), 1, "{text}: {faults}");
    }
    assert!(read("# nothing\n", &[]).unwrap_err().faults.len() > 1, "an empty file lacks what is required");
}

#[test]
fn the_secret_of_pseudonyms_comes_as_text_or_from_a_file_and_is_never_told() {
    let plain = read("bundle: .\nkafka: {brokers: b:1}\ninstance: a\n", &[]).unwrap();
    assert!(plain.pseudonyms.is_none());
    let given = |secret: &str| {
        read(
            &format!("bundle: .\nkafka: {{brokers: b:1}}\ninstance: a\npseudonyms: {{secret: {secret}}}\n"),
            &[],
        )
    };
    let settings = given("0123456789abcdef").unwrap();
    assert!(settings.pseudonyms.is_some() && !format!("{settings:?}").contains("0123456789abcdef"));
    let short = given("0123456789abcde").unwrap_err().to_string();
    assert!(short.contains("pseudonyms.secret") && !short.contains("0123456789"), "{short}");
    assert!(given("{file: nowhere}").unwrap_err().to_string().contains("nowhere"));
    assert!(given("[a, b]").is_err());
}
