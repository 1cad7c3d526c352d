//! The log: each event once, nothing left behind by what is refused, workspaces apart.

use crm_models::{
    Amount, Code, Currency, Customer, Event, EventId, Interaction, InteractionKind, LineItem,
    Purchase, Timestamp,
};

use super::*;

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

struct Fixture {
    store: Store,
    workspace: Workspace,
    next_id: u128,
    _folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Config::default()).unwrap();
        let workspace = add_workspace(&store, "one");
        Self { store, workspace, next_id: 1, _folder: folder }
    }

    fn append(&mut self, event: impl Into<Event>) -> Outcome {
        let workspace = self.workspace.clone();
        self.append_to(&workspace, event)
    }

    fn append_to(&mut self, workspace: &Workspace, event: impl Into<Event>) -> Outcome {
        let mut event = event.into();
        let id = self.next_id;
        self.next_id += 1;
        event.complete(|| EventId::from_bytes(id.to_be_bytes()), now());
        self.store
            .write::<_, StoreError>(|tx| Appender::new(tx, workspace, now())?.append(&event))
            .unwrap()
    }

    fn read<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> T {
        self.store.read(work).unwrap()
    }
}

impl Store {
    /// Runs statements that no part of the program would, to make a defect.
    pub(crate) fn run_sql(&self, sql: &str) {
        self.engine.run_sql(sql);
    }
}

fn add_workspace(store: &Store, name: &str) -> Workspace {
    let zone = chrono_tz::Europe::London;
    store.write::<_, StoreError>(|tx| tx.add_workspace(name, Currency::GBP, zone, now())).unwrap()
}

fn code(outcome: &Outcome) -> Option<(Code, &str)> {
    match outcome {
        Outcome::Rejected(invalid) => Some((invalid.code, &invalid.field)),
        _ => None,
    }
}

#[test]
fn a_purchase_number_that_comes_again_is_a_duplicate_or_a_conflict() {
    let mut fixture = Fixture::new();
    let sale = || {
        Purchase::sale(Currency::GBP)
            .purchase_id("A-1")
            .customer_id("ada")
            .country("UK")
            .item(LineItem::new("X", 2, amount("1.50")).name("old name"))
            .occurred_at(now())
    };
    assert_eq!(fixture.append(sale()), Outcome::Accepted);
    assert_eq!(fixture.append(sale()), Outcome::Duplicate);
    let mut renamed = sale();
    renamed.items[0].name = Some("new name".into());
    assert_eq!(fixture.append(renamed.total(amount("3"))), Outcome::Duplicate);

    let others = [
        sale().customer_id("bob"),
        sale().country("FR"),
        sale().channel("web"),
        sale().item(LineItem::new("Y", 1, amount("0"))),
        sale().occurred_at(now().plus_millis(1)),
        Purchase { kind: crm_models::PurchaseKind::Refund, ..sale() },
        Purchase { currency: Currency::EUR, ..sale() },
    ];
    for other in others {
        let outcome = fixture.append(other);
        assert_eq!(code(&outcome), Some((Code::Conflict, "purchase_id")));
    }
    // What was refused has made no customer, no product and no label.
    fixture.read(|tx| {
        let id = fixture.workspace.id;
        assert_eq!(tx.count_customers(id)?, 1);
        assert_eq!(tx.customer_number(id, "bob")?, None);
        assert_eq!(tx.product_name(id, 2)?.sku, "");
        assert_eq!(tx.labels(id, LabelKind::Country)?.len(), 1);
        assert_eq!(tx.labels(id, LabelKind::Channel)?.len(), 0);
        assert_eq!(tx.derived(&fixture.workspace)?.currencies(0..30_000)?[&Currency::GBP], 1);
        Ok(())
    });
}

#[test]
fn an_event_that_was_refused_may_come_again_under_the_same_id() {
    let mut fixture = Fixture::new();
    let sale = Purchase::sale(Currency::GBP).purchase_id("A").total(amount("1"));
    assert_eq!(fixture.append(sale.clone()), Outcome::Accepted);
    let id = fixture.next_id;
    let other = sale.clone().total(amount("2"));
    assert_eq!(code(&fixture.append(other.clone())), Some((Code::Conflict, "purchase_id")));
    fixture.next_id = id;
    assert_eq!(fixture.append(other.purchase_id("B")), Outcome::Accepted);
    fixture.next_id = id;
    assert_eq!(fixture.append(sale), Outcome::Duplicate);
}

#[test]
fn workspaces_share_nothing() {
    let mut fixture = Fixture::new();
    let other = add_workspace(&fixture.store, "two");
    let sale = || {
        let item = LineItem::new("X", 1, amount("5"));
        Purchase::sale(Currency::GBP).purchase_id("A").customer_id("c").item(item)
    };
    assert_eq!(fixture.append(sale()), Outcome::Accepted);
    fixture.next_id = 1;
    assert_eq!(fixture.append_to(&other, sale().channel("web")), Outcome::Accepted);
    assert_eq!(fixture.append_to(&other, Customer::new("c").name("Cleo")), Outcome::Accepted);
    fixture.read(|tx| {
        let (one, two) = (fixture.workspace.id, other.id);
        let named = |name: &str| CustomerQuery {
            name: Some(name.into()),
            limit: 10,
            ..CustomerQuery::default()
        };
        assert_eq!(tx.find_customers(one, &named("cleo"))?, []);
        assert_eq!(tx.find_customers(two, &named("cleo"))?, [CustomerNumber(1)]);
        let all = CustomerQuery { limit: 10, ..CustomerQuery::default() };
        assert_eq!(tx.find_customers(one, &all)?, [CustomerNumber(1)]);
        let found = tx.purchase_by_id(one, 0, "A")?.unwrap();
        assert_eq!((found.fact.channel, found.fact.seq), (0, 1));
        assert_eq!(tx.last_seq(&fixture.workspace)?, 1);
        Ok(())
    });
    fixture.store.write::<_, StoreError>(|tx| tx.fold(&other, 1, i64::MAX)).unwrap();
    let checked = fixture.store.check().unwrap();
    assert_eq!(
        checked,
        Checked { workspaces: 2, customers: 2, events: 3, unsealed: 0, wrong: vec![] }
    );
}

#[test]
fn a_field_of_a_customer_is_overwritten_only_by_what_was_said_later() {
    let mut fixture = Fixture::new();
    let said =
        |days: i64, customer: Customer| customer.occurred_at(now().plus_millis(days * 86_400_000));
    let first =
        Customer::new("c").name("Ann Old").email("ann@example.com").attribute("tier", "gold");
    assert_eq!(fixture.append(said(-5, first)), Outcome::Accepted);
    let later = Customer::new("c").name("Ann New").consent("email", true);
    assert_eq!(fixture.append(said(-1, later)), Outcome::Accepted);
    let between =
        Customer::new("c").name("Ann Mid").attribute("tier", "silver").consent("email", false);
    assert_eq!(fixture.append(said(-3, between)), Outcome::Accepted);
    fixture.read(|tx| {
        let id = fixture.workspace.id;
        let customer = tx.customer(id, CustomerNumber(1))?.unwrap();
        assert_eq!(customer.name.as_deref(), Some("Ann New"));
        assert_eq!(customer.email.as_deref(), Some("ann@example.com"));
        assert_eq!(customer.attributes.get(), r#"{"tier":"silver"}"#);
        assert!(customer.consent["email"]);
        let find = |search: &str| {
            let query =
                CustomerQuery { search: Some(search.into()), limit: 9, ..Default::default() };
            tx.find_customers(id, &query).map(|found| found.len())
        };
        assert_eq!((find("new")?, find("old")?, find("mid")?, find("ANN@ex")?), (1, 0, 0, 1));
        Ok(())
    });
}

#[test]
fn a_stub_becomes_a_customer() {
    let mut fixture = Fixture::new();
    let call =
        Interaction::new("c-7", InteractionKind::Call).subject("late parcel").channel("phone");
    assert_eq!(fixture.append(call), Outcome::Accepted);
    let sale = Purchase::sale(Currency::GBP).customer_id("c-7").total(amount("9.99"));
    assert_eq!(fixture.append(sale), Outcome::Accepted);
    let named = Customer::new("c-7").name("Zoë Łęcka").phone("+44 (0)20 7946 0018");
    assert_eq!(fixture.append(named), Outcome::Accepted);
    fixture.read(|tx| {
        let id = fixture.workspace.id;
        assert_eq!(tx.count_customers(id)?, 1);
        for search in ["c-7", "zoë", "ŁĘC", "4402079", "Zoë łęcka"] {
            let query =
                CustomerQuery { search: Some(search.into()), limit: 9, ..Default::default() };
            assert_eq!(tx.find_customers(id, &query)?, [CustomerNumber(1)], "{search}");
        }
        let derived = tx.derived(&fixture.workspace)?;
        let history = derived.history(CustomerNumber(1), (now().plus_millis(1), 0), 10)?;
        assert_eq!(history.len(), 2);
        let call = tx.interaction(id, history[1].seq)?.unwrap();
        assert_eq!(call.subject.as_deref(), Some("late parcel"));
        Ok(())
    });
}

#[test]
fn attributes_that_add_up_to_too_much_are_refused() {
    let mut fixture = Fixture::new();
    let large = |key: &str| Customer::new("c").attribute(key, "x".repeat(10_000));
    assert_eq!(fixture.append(large("a")), Outcome::Accepted);
    assert_eq!(code(&fixture.append(large("b"))), Some((Code::TooLong, "attributes")));
}

#[test]
fn a_failed_transaction_leaves_nothing_and_forgets_what_it_numbered() {
    let mut fixture = Fixture::new();
    let sale = |sku: &str| {
        Purchase::sale(Currency::GBP).customer_id("c").item(LineItem::new(sku, 1, amount("1")))
    };
    let failed: std::result::Result<(), StoreError> = fixture.store.write(|tx| {
        let mut event = Event::from(sale("GONE"));
        event.complete(|| EventId::from_bytes([9; 16]), now());
        Appender::new(tx, &fixture.workspace, now())?.append(&event)?;
        Err(StoreError::Taken("something"))
    });
    assert!(matches!(failed, Err(StoreError::Taken("something"))));
    assert_eq!(fixture.append(sale("KEPT")), Outcome::Accepted);
    fixture.read(|tx| {
        assert_eq!(tx.product_name(fixture.workspace.id, 1)?.sku, "KEPT");
        assert_eq!(tx.count_customers(fixture.workspace.id)?, 1);
        Ok(())
    });
}

#[test]
fn what_a_transaction_that_broke_off_numbered_is_forgotten() {
    let mut fixture = Fixture::new();
    let sale = |sku: &str| {
        Purchase::sale(Currency::GBP).customer_id("c").item(LineItem::new(sku, 1, amount("1")))
    };
    let broken_off = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fixture.store.write::<(), StoreError>(|tx| {
            let mut event = Event::from(sale("GONE"));
            event.complete(|| EventId::from_bytes([9; 16]), now());
            Appender::new(tx, &fixture.workspace, now())?.append(&event)?;
            panic!("a defect");
        })
    }));
    assert!(broken_off.is_err());
    assert_eq!(fixture.append(sale("KEPT")), Outcome::Accepted);
    assert_eq!(fixture.append(sale("GONE")), Outcome::Accepted);
    fixture.read(|tx| {
        assert_eq!(tx.product_name(fixture.workspace.id, 1)?.sku, "KEPT");
        assert_eq!(tx.product_name(fixture.workspace.id, 2)?.sku, "GONE");
        assert_eq!(tx.count_customers(fixture.workspace.id)?, 1);
        Ok(())
    });
}

#[test]
fn another_process_may_write_in_between() {
    let mut fixture = Fixture::new();
    let other = Store::open(fixture._folder.path(), &Config::default()).unwrap();
    let sale = |customer: &str, sku: &str| {
        Purchase::sale(Currency::GBP).customer_id(customer).item(LineItem::new(sku, 1, amount("1")))
    };
    assert_eq!(fixture.append(sale("a", "A")), Outcome::Accepted);
    other
        .write::<_, StoreError>(|tx| {
            let mut event = Event::from(sale("b", "B"));
            event.complete(|| EventId::from_bytes([9; 16]), now());
            Appender::new(tx, &fixture.workspace, now())?.append(&event)
        })
        .unwrap();
    assert_eq!(fixture.append(sale("b", "B")), Outcome::Accepted);
    assert_eq!(fixture.append(sale("c", "C")), Outcome::Accepted);
    fixture.read(|tx| {
        assert_eq!(tx.count_customers(fixture.workspace.id)?, 3);
        assert_eq!(tx.product_name(fixture.workspace.id, 3)?.sku, "C");
        assert_eq!(tx.last_seq(&fixture.workspace)?, 4);
        Ok(())
    });
}

#[test]
fn two_processes_that_append_fold_and_merge_at_the_same_time_leave_one_log_and_its_sums() {
    const EVENTS: u128 = 120;
    let fixture = Fixture::new();
    let (workspace, folder) = (&fixture.workspace, fixture._folder.path());
    std::thread::scope(|scope| {
        for process in 0..2 {
            scope.spawn(move || {
                let store = Store::open(folder, &Config::default()).unwrap();
                for number in 0..EVENTS {
                    // Both speak of the same customers and products, each first of some.
                    let sku = format!("S-{}", number % 20);
                    let item = LineItem::new(sku, 1, amount("1"));
                    let customer = format!("c-{}", (number + 7 * process) % 30);
                    let mut event =
                        Event::from(Purchase::sale(Currency::GBP).customer_id(customer).item(item));
                    event.complete(
                        || EventId::from_bytes((2 * number + process).to_be_bytes()),
                        now(),
                    );
                    let appended = store.write::<_, StoreError>(|tx| {
                        Appender::new(tx, workspace, now())?.append(&event)
                    });
                    assert_eq!(appended.unwrap(), Outcome::Accepted);
                    if number % 5 == 0 {
                        // Of a fold and of a merge both may prepare the same; one of them writes it.
                        let fold = store.read(|tx| tx.prepare_fold(workspace, 1, 8)).unwrap();
                        if let Some(fold) = fold {
                            store.write::<_, StoreError>(|tx| tx.apply_fold(&fold)).unwrap();
                        }
                        store.merge_runs(workspace.id).unwrap();
                    }
                }
            });
        }
    });
    let all = i64::try_from(2 * EVENTS).unwrap();
    fixture.read(|tx| {
        assert_eq!(tx.last_seq(workspace)?, all);
        assert_eq!(tx.count_customers(workspace.id)?, 30);
        assert!(tx.tail_events(workspace)? < all, "something was folded");
        assert_eq!(tx.derived(workspace)?.currencies(0..30_000)?[&Currency::GBP], all);
        Ok(())
    });
    let checked = fixture.store.check().unwrap();
    assert_eq!((checked.events, checked.customers, checked.wrong), (all, 30, vec![]));
}

#[test]
fn what_another_process_has_said_of_a_product_is_known() {
    let mut fixture = Fixture::new();
    let other = Store::open(fixture._folder.path(), &Config::default()).unwrap();
    let named = |name: &str, seconds: i64| {
        let item = LineItem::new("X", 1, amount("1")).name(name);
        Purchase::sale(Currency::GBP).item(item).occurred_at(now().plus_millis(1_000 * seconds))
    };
    assert_eq!(fixture.append(named("one", 1)), Outcome::Accepted);
    let mut event = Event::from(named("two", 2));
    event.complete(|| EventId::from_bytes([9; 16]), now());
    let workspace = &fixture.workspace;
    let appended = other
        .write::<_, StoreError>(|tx| Appender::new(tx, workspace, now())?.append(&event))
        .unwrap();
    assert_eq!(appended, Outcome::Accepted);
    // To whoever remembers that it is called so, this says nothing new.
    assert_eq!(fixture.append(named("one", 3)), Outcome::Accepted);
    let name = fixture.read(|tx| tx.product_name(fixture.workspace.id, 1)).name;
    assert_eq!(name.as_deref(), Some("one"));
}

#[test]
fn a_step_of_a_merge_that_another_process_has_made_is_not_made_again() {
    let mut fixture = Fixture::new();
    let workspace = fixture.workspace.clone();
    let other = Store::open(fixture._folder.path(), &Config::default()).unwrap();
    for number in 0..40 {
        let sale = Purchase::sale(Currency::GBP).customer_id(format!("c-{number}"));
        let item = LineItem::new(format!("S-{number}"), 1, amount("1"));
        assert_eq!(fixture.append(sale.item(item)), Outcome::Accepted);
        fixture.store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, 1)).unwrap();
    }
    let prepared = |store: &Store| store.read::<_, StoreError>(|tx| tx.prepare_merge(workspace.id));
    let apply = |store: &Store, step: &PreparedMerge| {
        store.write::<_, StoreError>(|tx| tx.apply_merge(step)).unwrap()
    };
    let (mut made, mut refused) = (0, 0);
    while let Some(step) = prepared(&fixture.store).unwrap() {
        let same = prepared(&other).unwrap().unwrap();
        assert!(apply(&other, &same));
        made += 1;
        // Deleting blocks of a run that was merged goes on where the other left off.
        refused += i32::from(!apply(&fixture.store, &step));
    }
    assert!(refused > 10, "{refused} of {made}");
    assert_eq!(fixture.store.check().unwrap().wrong, [""; 0]);
}

#[test]
fn a_backup_is_a_whole_database() {
    let mut fixture = Fixture::new();
    let sale = Purchase::sale(Currency::GBP).customer_id("c").total(amount("12.34"));
    assert_eq!(fixture.append(sale), Outcome::Accepted);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(Store::FILE_NAME);
    let size_bytes = fixture.store.backup(&copy).unwrap();
    assert_eq!(std::fs::metadata(&copy).unwrap().len(), size_bytes);
    assert!(matches!(fixture.store.backup(&copy), Err(StoreError::Taken(_))));
    let restored = Store::open_existing(folder.path(), &Config::default()).unwrap();
    let checked = restored.check().unwrap();
    assert_eq!(
        checked,
        Checked { workspaces: 1, customers: 1, events: 1, unsealed: 0, wrong: vec![] }
    );
    restored
        .read::<_, StoreError>(|tx| {
            assert_eq!(tx.count_customers(fixture.workspace.id)?, 1);
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_email_address_that_is_an_id_is_the_same_in_any_case_of_letters() {
    let mut fixture = Fixture::new();
    let sale = |id: &str| Purchase::sale(Currency::GBP).customer_id(id).total(amount("1"));
    for id in ["Bob@Example.com", "bob@example.com", "BOB@EXAMPLE.COM", "C-1", "c-1"] {
        assert_eq!(fixture.append(sale(id)), Outcome::Accepted);
    }
    let named = Customer::new("boB@example.com").name("Bob");
    assert_eq!(fixture.append(named), Outcome::Accepted);
    let workspace = fixture.workspace.id;
    let found = fixture.store.read::<_, StoreError>(|tx| {
        let of = |id: &str| tx.customer_number(workspace, id);
        assert_eq!(of("bob@example.com")?, of("BOB@example.com")?);
        assert_ne!(of("C-1")?, of("c-1")?);
        let query = CustomerQuery {
            customer_id: Some("Bob@example.COM".into()),
            limit: 10,
            ..CustomerQuery::default()
        };
        assert_eq!(tx.find_customers(workspace, &query)?.len(), 1);
        Ok((
            tx.count_customers(workspace)?,
            tx.customer_name(workspace, of("bob@example.com")?.unwrap())?,
        ))
    });
    let (count, name) = found.unwrap();
    assert_eq!(
        (count, name.customer_id.as_str(), name.name.as_deref()),
        (3, "bob@example.com", Some("Bob"))
    );
}

#[test]
fn only_who_may_make_a_database_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(Store::FILE_NAME);
    let opened = || Store::open_existing(folder.path(), &Config::default()).err();
    assert!(matches!(opened(), Some(StoreError::Absent(_))));
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    assert!(opened().unwrap().to_string().contains("0 bytes"));
    drop(Store::open(folder.path(), &Config::default()).unwrap());
    assert!(opened().is_none());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    for opened in [opened(), Store::open(folder.path(), &Config::default()).err()] {
        assert!(opened.unwrap().to_string().contains("it is cut short"));
    }
}

#[test]
fn a_derived_row_that_the_log_does_not_say_is_found() {
    let mut fixture = Fixture::new();
    for customer in ["ada", "bob"] {
        let sale = Purchase::sale(Currency::GBP).customer_id(customer).country("UK");
        let sale = sale.item(LineItem::new("X", 1, amount("5"))).occurred_at(now());
        assert_eq!(fixture.append(sale), Outcome::Accepted);
    }
    assert_eq!(fixture.append(Customer::new("ada").name("Ada Lovelace")), Outcome::Accepted);
    let workspace = fixture.workspace.clone();
    let fold = || fixture.store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX));
    let wrong = || fixture.store.check().unwrap().wrong.join("; ");
    assert_eq!((fold().unwrap(), wrong().as_str()), (0, ""));
    type Damage = Box<dyn Fn(&Store)>;
    let by_sql = |sql: &'static str| -> Damage { Box::new(move |store| store.run_sql(sql)) };
    // Rows whose keys begin like this end otherwise, or are gone.
    let rewritten = |start: &'static [u8], last_byte: Option<u8>| -> Damage {
        let workspace = workspace.id;
        Box::new(move |store| {
            let change = |key: &[u8], value: &mut Vec<u8>| match last_byte {
                _ if !key.starts_with(start) => {}
                Some(last_byte) => *value.last_mut().unwrap() = last_byte,
                None => value.clear(),
            };
            store
                .write::<_, StoreError>(|tx| fold::tests::rewrite_runs(tx, workspace, change))
                .unwrap();
        })
    };
    let damages = [
        (rewritten(&[1, 4, 1], Some(7)), "1 row of sums by product"),
        (rewritten(&[1, 2, 0], Some(7)), "1 row of sums by country"),
        (rewritten(&[2, 4], Some(7)), "1 row of buyers by product"),
        (rewritten(&[2, 1], Some(7)), "1 row of buyers by month"),
        (rewritten(&[3], None), "1 row of histories"),
        (rewritten(&[1, 1], None), "2 rows of sums by hour"),
        (
            by_sql(
                "UPDATE run_blocks SET block = CAST(substr(block, 1, length(block) - 1) || x'07' AS BLOB)",
            ),
            "a block of a run is not what was written",
        ),
        (
            by_sql("UPDATE run_blocks SET block = substr(block, 1, 2)"),
            "a block of a run is not what",
        ),
        (
            by_sql("UPDATE runs SET workspace = workspace + 7"),
            "1 runs of workspaces that are not there",
        ),
        (by_sql("UPDATE runs SET after = after + 1"), "1 runs that leave events out"),
        (by_sql("DELETE FROM runs"), "1 blocks of runs that are not there"),
        (by_sql("DELETE FROM products"), "sums of products that are not there"),
        (by_sql("UPDATE purchases SET total = total + 1 WHERE key & 1"), "sums by part"),
        (by_sql("UPDATE purchases SET customer = 9 WHERE key & 1"), "customers that are not there"),
        (by_sql("UPDATE event_ids SET key = key + 1"), "id leads elsewhere"),
        (by_sql("UPDATE customers SET host_id = 'eve' WHERE host_id = 'bob'"), "ids of customers"),
        (
            by_sql("DELETE FROM customer_terms WHERE term = 'lovelace ada'"),
            "1 times customers are not found",
        ),
        (
            by_sql("UPDATE customer_terms SET term = 'babbage' WHERE term = 'lovelace ada'"),
            "1 times customers are found by what is not known",
        ),
        (by_sql("INSERT INTO quarantines VALUES (1, 0, 7)"), "1 counts of rejected events"),
        (by_sql("DROP INDEX purchases_by_time"), "the tables are not those"),
    ];
    for (damage, told) in damages {
        let folder = tempfile::tempdir().unwrap();
        fixture.store.backup(&folder.path().join(Store::FILE_NAME)).unwrap();
        let copy = Store::open_existing(folder.path(), &Config::default()).unwrap();
        damage(&copy);
        let wrong = copy.check().unwrap().wrong.join("; ");
        assert!(wrong.contains(told), "{told}: {wrong}");
    }
    assert_eq!(wrong(), "");
    fixture.store.run_sql("DELETE FROM customer_terms");
    assert!(wrong().contains("customers are not found"), "{}", wrong());
    fixture.store.find_customers_anew().unwrap();
    assert_eq!(wrong(), "");
}

#[test]
fn what_is_no_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(Store::FILE_NAME);
    std::fs::write(&path, "this is a letter, not a database, and it is long enough".repeat(20))
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let opened = Store::open(folder.path(), &Config::default());
    assert!(matches!(opened.err(), Some(StoreError::Damaged(_))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn what_a_customer_agrees_to_is_bounded_together_with_what_is_known() {
    let mut fixture = Fixture::new();
    let mut append = |flags: std::ops::Range<u8>| {
        let agree = |customer: Customer, flag: u8| customer.consent(format!("f{flag}"), true);
        fixture.append(flags.fold(Customer::new("c-1"), agree))
    };
    assert_eq!(append(0..20), Outcome::Accepted);
    assert_eq!(append(10..32), Outcome::Accepted);
    let Outcome::Rejected(why) = append(32..33) else { panic!("33 flags") };
    assert_eq!((why.code, why.field.as_str()), (Code::TooMany, "consent"));
    // What is known can be said anew.
    assert_eq!(append(0..32), Outcome::Accepted);
}

#[test]
fn the_log_of_an_older_version_is_folded_anew_when_it_is_opened() {
    const EVENTS: i64 = 4_000;
    let fixture = Fixture::new();
    let workspace = fixture.workspace.clone();
    let appended = fixture.store.write::<_, StoreError>(|tx| {
        let mut appender = Appender::new(tx, &workspace, now())?;
        (0..EVENTS).try_for_each(|number| {
            let sale = Purchase::sale(Currency::GBP).customer_id(format!("c-{}", number % 90));
            let sale = sale.item(LineItem::new(format!("S-{}", number % 300), 1, amount("5")));
            let mut event: Event = sale.occurred_at(now().plus_millis(number * -7_200_000)).into();
            let id = u128::try_from(number + 1_000).unwrap().to_be_bytes();
            event.complete(|| EventId::from_bytes(id), now());
            assert_eq!(appender.append(&event)?, Outcome::Accepted);
            Ok(())
        })
    });
    appended.unwrap();
    let figures = |store: &Store| {
        store.read::<_, StoreError>(|tx| {
            let derived = tx.derived(&workspace)?;
            let mut histories = Vec::new();
            derived.each_buyer_history(0..99_999, |some| histories.extend_from_slice(some))?;
            Ok((derived.by_day()?, histories, tx.tail_events(&workspace)?))
        })
    };
    let (by_day, histories, tail) = figures(&fixture.store).unwrap();
    assert_eq!((histories.len(), tail), (4_000, EVENTS));

    let folder = tempfile::tempdir().unwrap();
    sqlite::tests::keep_as_before_runs(folder.path(), fixture.store.path());
    // Its folds are so small that this log is far longer than a tail.
    let config = Config { memory_mib: 1, ..Config::default() };
    let upgraded = Store::open_existing(folder.path(), &config).unwrap();
    let (by_day_now, histories_now, tail) = figures(&upgraded).unwrap();
    assert!(tail <= upgraded.fold_events(), "{tail}");
    assert_eq!((by_day_now, histories_now), (by_day, histories));
    let Checked { unsealed, wrong, .. } = upgraded.check().unwrap();
    assert_eq!((unsealed, wrong), (0, vec![]));
}

#[test]
fn a_fold_reads_while_reports_have_all_their_connections() {
    let fixture = Fixture::new();
    let stand = |reads| fixture.store.stand(reads, Duration::ZERO).unwrap();
    let reports: Vec<_> = (0..Config::default().readers).map(|_| stand(Reads::Some)).collect();
    assert!(reports.iter().all(Option::is_some));
    assert!(stand(Reads::Some).is_none());
    let folding = [stand(Reads::ToFold), stand(Reads::ToFold), stand(Reads::ToFold)];
    assert!(folding.iter().all(Option::is_some));
}
