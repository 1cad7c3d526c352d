//! Layers, and mistakes in them.

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn each_layer_lies_over_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crm.toml");
    let text = "listen = \"127.0.0.1:1\"\nregistration = \"closed\"\n[store]\nmemory_mib = 128\n";
    std::fs::write(&file, text).unwrap();
    let variables = environment(&[
        ("CRM_LISTEN", "127.0.0.1:2"),
        ("CRM_STORE_READERS", "7"),
        ("CRM_LOG_FORMAT", "json"),
        ("CRM_CONFIG", file.to_str().unwrap()),
        ("CRM_WORKSPACE", "shop"),
        ("PATH", "/bin"),
    ]);
    let flags = Flags { listen: Some("127.0.0.1:3".into()), ..Flags::default() };
    let loaded = load(&flags, variables).unwrap();
    let config = &loaded.config;
    assert_eq!(config.listen.to_string(), "127.0.0.1:3");
    assert_eq!(config.registration, Registration::Closed);
    assert_eq!(config.log.format, telemetry::Format::Json);
    assert_eq!((config.store.memory_mib, config.store.readers), (128, 7));
    assert_eq!((config.workspace.as_str(), loaded.warnings.as_slice()), ("shop", [].as_slice()));
    assert_eq!(config.http.connections, http::Config::default().connections);

    let printed = loaded.to_string();
    let source_of = |setting: &str| {
        let line = printed.lines().find(|line| line.starts_with(setting)).unwrap();
        line.split_once(" # ").unwrap().1.to_owned()
    };
    assert_eq!(source_of("listen = \"127.0.0.1:3\""), "--listen");
    assert_eq!(source_of("store.readers = 7"), "CRM_STORE_READERS");
    assert_eq!(
        source_of("store.memory_mib = 128"),
        format!("{}: store.memory_mib", file.display())
    );
    assert_eq!(source_of("http.drain_s = 20"), "default");
    // What is printed is a configuration file again.
    assert_eq!(
        Config::deserialize(printed.parse::<toml::Table>().unwrap()).unwrap().listen,
        config.listen
    );
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crm.toml");
    let text = "registration = \"maybe\"\n[store]\nmemory = 1\n[http]\ndrain_s = \"long\"\n";
    std::fs::write(&file, text).unwrap();
    let variables = environment(&[
        ("CRM_HTTP_CONNECTIONS", "0"),
        ("CRM_STORE_READERS", "many"),
        ("CRM_LOG_LEVEL", "verbose"),
    ]);
    let flags =
        Flags { file: Some(file.clone()), listen: Some("somewhere".into()), ..Flags::default() };
    let mistakes = load(&flags, variables).unwrap_err().to_string();
    let mistakes = mistakes.replace(file.to_str().unwrap(), "crm.toml");
    insta::assert_snapshot!(mistakes);
}

#[test]
fn a_variable_of_somebody_else_is_told_and_stops_nothing() {
    use std::os::unix::ffi::OsStringExt;
    let mut variables = environment(&[
        ("CRM_LOG_FORMATS", "json"),
        ("CRM_SERVICE_HOST", "10.0.0.7"),
        ("CRM_DATA", "/data"),
    ]);
    variables.push(("CRM_TOKEN".into(), OsString::from_vec(vec![0xff])));
    let loaded = load(&Flags::default(), variables).unwrap();
    assert_eq!(loaded.config.data, Path::new("/data"));
    let hint = "is no setting; serve --check-config lists those there are (ignored)";
    let expected = [
        "CRM_LOG_FORMATS: is no setting; did you mean CRM_LOG_FORMAT? (ignored)".to_owned(),
        format!("CRM_SERVICE_HOST: {hint}"),
        format!("CRM_TOKEN: {hint}"),
    ];
    assert_eq!(loaded.warnings, expected);
    let known = vec![("CRM_DATA".into(), OsString::from_vec(vec![0xff]))];
    let mistakes = load(&Flags::default(), known).unwrap_err().to_string();
    assert!(mistakes.ends_with("CRM_DATA: is not UTF-8"), "{mistakes}");
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crm.toml");
    std::fs::write(&file, "# fine\nlisten = \n").unwrap();
    let flags = Flags { file: Some(file.clone()), ..Flags::default() };
    let mistakes = load(&flags, []).unwrap_err().to_string();
    assert!(mistakes.contains(&format!("{} line 2: ", file.display())), "{mistakes}");
}
