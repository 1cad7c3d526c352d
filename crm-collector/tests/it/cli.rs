//! The command line, as a process.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

fn command(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-collector"));
    command.args(args).env("CRM_DATA", data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run_with(data: &Path, args: &[&str], input: &str) -> Ran {
    let mut child = command(data, args).spawn().unwrap();
    match child.stdin.take().unwrap().write_all(input.as_bytes()) {
        // A command that refuses its arguments reads nothing.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(data: &Path, args: &[&str]) -> Ran {
    run_with(data, args, "")
}

fn add_user(data: &Path, more: &[&str]) -> Ran {
    let mut args =
        vec!["user", "add", "--email", "ada@example.com", "--name", "Ada", "--password-stdin"];
    args.extend(more);
    run_with(data, &args, "correct horse battery\n")
}

/// A collector as a process; killed when dropped.
pub struct Served {
    child: Child,
    address: String,
}

impl Served {
    pub fn start(data: &Path) -> Self {
        let mut child = command(data, &["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.find(|line| line.as_ref().unwrap().contains("http://")).unwrap().unwrap();
        // Whoever logs to a closed pipe fails; this one is read for as long as there is a child.
        std::thread::spawn(move || lines.for_each(drop));
        let address = line.split("http://").nth(1).unwrap().split_whitespace().next().unwrap();
        Self { child, address: address.to_owned() }
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn the_first_user_makes_the_workspace_and_a_key_works_on_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let added = add_user(data, &["--currency", "GBP", "--timezone", "Europe/London"]);
    assert_eq!(added.err, "ada@example.com is owner of the workspace default\n");
    assert_eq!((added.code, added.out.as_str()), (0, ""));

    let served = Served::start(data);
    let made = run(data, &["key", "create", "--name", "shop", "--scopes", "ingest,read"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let key = made.out.strip_suffix('\n').unwrap();
    assert!(key.starts_with("crm_sk_") && !key.contains('\n'), "{key}");

    let connection = get(&served.address, "/v1/connection", key);
    assert!(connection.starts_with("HTTP/1.1 200 OK"), "{connection}");
    assert!(connection.contains("\"status\":\"connected\""), "{connection}");

    let listed = run(data, &["key", "list"]).out;
    assert!(listed.contains("shop") && listed.contains("ingest,read"), "{listed}");
    let rotated = run(data, &["key", "rotate", "1", "--overlap-hours", "0"]);
    assert!(rotated.out.starts_with("crm_sk_") && rotated.out.trim() != key);
    assert_eq!(run(data, &["key", "revoke", "2"]).err, "key 2 is revoked\n");
    assert_eq!(run(data, &["key", "revoke", "2"]).code, 1);

    let users = run(data, &["user", "list"]).out;
    assert!(users.contains("ada@example.com") && users.contains("owner"), "{users}");
    let password = ["user", "password", "--email", "ada@example.com", "--password-stdin"];
    assert_eq!(run_with(data, &password, "another long one\n").code, 0);
}

fn get(address: &str, path: &str, key: &str) -> String {
    use std::io::Read;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn wrong_usage_and_failures_have_their_exit_codes_and_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert_eq!(run(data, &["serve", "--no-such-flag"]).code, 2);
    let none = run(data, &["key", "list"]);
    assert_eq!(none.code, 1);
    assert!(none.err.contains("there is no database in"), "{}", none.err);

    let mistakes = run(data, &["serve", "--listen", "nowhere"]);
    assert_eq!(mistakes.code, 2);
    assert!(mistakes.err.contains("--listen: "), "{}", mistakes.err);

    assert_eq!(add_user(data, &[]).code, 0);
    let again = add_user(data, &[]);
    assert_eq!(again.code, 1);
    assert_eq!(again.err, "error: a user with this email address exists already\n");
    let unknown = run(data, &["--workspace", "other", "user", "list"]);
    assert_eq!(unknown.err, "error: there is no workspace \"other\"; there are: default\n");
}

#[test]
fn a_port_in_use_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(ran.code, 1);
    let line = format!("error: cannot listen on {address} (is a collector running already? ");
    assert!(ran.err.starts_with(&line), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let ran = run(&file.join("data"), &["serve", "--listen", "127.0.0.1:0"]);
    let data = file.join("data").display().to_string();
    assert_eq!(
        ran.err,
        format!(
            "error: cannot open the database in {data}: the folder {data} cannot be read or made: \
             Not a directory (os error 20)\n"
        )
    );
    assert_eq!(ran.code, 1);
}

#[test]
fn a_newer_database_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), &[]);
    let file = folder.path().join("crm.db");
    // The version stands at byte 60 of the file, in big endian.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    std::fs::write(&file, bytes).unwrap();
    let ran = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the database has version 9999"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn check_config_prints_every_setting_with_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["serve", "--check-config"]);
    command.env("CRM_REGISTRATION", "closed");
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = printed.replace(folder.path().to_str().unwrap(), "/data");
    let columns = printed.lines().map(|line| {
        let (setting, source) = line.split_once('#').unwrap();
        format!("{} #{source}\n", setting.trim_end())
    });
    insta::assert_snapshot!(columns.collect::<String>());
}

#[test]
fn a_server_told_to_stop_exits_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::start(folder.path());
    let pid = served.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    let gone = std::net::TcpStream::connect(&served.address);
    assert!(gone.is_err(), "nobody listens any more");
}

#[test]
fn openapi_and_completions_print_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let openapi = run(folder.path(), &["openapi"]).out;
    let openapi: serde_json::Value = serde_json::from_str(&openapi).unwrap();
    assert!(openapi["paths"]["/v1/keys"]["post"].is_object());
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(folder.path(), &["completions", shell]).out.contains("crm-collector"));
    }
}

#[test]
fn a_new_key_comes_with_the_address_that_the_collector_listens_on() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), &[]);
    let served = Served::start(folder.path());
    let create = ["key", "create", "--name", "shop", "--scopes", "ingest"];
    let made = run(folder.path(), &create);
    assert!(
        made.err.contains(&format!(" http://{}/v1/connection\n", served.address())),
        "{}",
        made.err
    );
}
