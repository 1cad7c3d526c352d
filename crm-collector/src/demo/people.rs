//! Who buys in the demo shop: names of several countries, addresses that reach nobody (domains
//! of RFC 2606, telephone numbers that the countries' authorities keep for fiction).

use super::dice::Dice;

/// A country: how many of a hundred customers live there, and what they are called.
#[derive(Debug)]
pub(super) struct Country {
    pub(super) name: &'static str,
    pub(super) weight: u64,
    first_names: &'static [&'static str],
    last_names: &'static [&'static str],
    /// A range kept for fiction, its last digits as `#`.
    phone: Option<&'static str>,
}

/// A made-up person.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) country: usize,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
}

const DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];

pub(super) const COUNTRIES: &[Country] = &[
    Country {
        name: "Germany",
        weight: 34,
        first_names: &[
            "Anna",
            "Jürgen",
            "Katharina",
            "Lukas",
            "Sabine",
            "Jonas",
            "Heike",
            "Matthias",
            "Lena",
            "Wolfgang",
            "Ayşe",
            "Felix",
            "Greta",
            "Tobias",
            "Ursula",
            "Emre",
            "Birgit",
            "Moritz",
        ],
        last_names: &[
            "Müller",
            "Schmidt",
            "Schneider",
            "Fischer",
            "Weber",
            "Becker",
            "Hoffmann",
            "Schäfer",
            "Koch",
            "Bauer",
            "Richter",
            "Klein",
            "Wolf",
            "Schröder",
            "Neumann",
            "Yılmaz",
            "Krüger",
            "Vogel",
            "Groß",
            "Lehmann",
        ],
        phone: Some("+49 30 23125 ###"),
    },
    Country {
        name: "United Kingdom",
        weight: 20,
        first_names: &[
            "Olivia",
            "Harry",
            "Amelia",
            "George",
            "Priya",
            "Thomas",
            "Charlotte",
            "Callum",
            "Zara",
            "William",
            "Fiona",
            "Imran",
            "Grace",
            "Owen",
            "Eleanor",
            "Rhys",
            "Chidi",
            "Martha",
        ],
        last_names: &[
            "Smith",
            "Jones",
            "Taylor",
            "Brown",
            "Williams",
            "Davies",
            "Evans",
            "Patel",
            "Walker",
            "Wright",
            "Robinson",
            "Khan",
            "Hughes",
            "Campbell",
            "O'Neill",
            "Okafor",
            "Bennett",
            "Clarke",
            "Fraser",
            "Whitfield",
        ],
        phone: Some("+44 20 7946 0###"),
    },
    Country {
        name: "France",
        weight: 15,
        first_names: &[
            "Camille",
            "Louis",
            "Manon",
            "Hugo",
            "Chloé",
            "Étienne",
            "Inès",
            "Théo",
            "Amélie",
            "Julien",
            "Noémie",
            "Karim",
            "Brigitte",
            "François",
            "Aïcha",
            "Mathis",
        ],
        last_names: &[
            "Martin",
            "Bernard",
            "Dubois",
            "Thomas",
            "Robert",
            "Petit",
            "Durand",
            "Leroy",
            "Moreau",
            "Lefèvre",
            "Garnier",
            "Faure",
            "Rousseau",
            "Benali",
            "Chevalier",
            "François",
            "Mercier",
            "Gauthier",
        ],
        phone: Some("+33 1 99 00 ## ##"),
    },
    Country {
        name: "Poland",
        weight: 8,
        first_names: &[
            "Agnieszka",
            "Łukasz",
            "Katarzyna",
            "Paweł",
            "Małgorzata",
            "Tomasz",
            "Zofia",
            "Marek",
            "Joanna",
            "Krzysztof",
            "Ewa",
            "Michał",
            "Hanna",
            "Wojciech",
        ],
        last_names: &[
            "Nowak",
            "Wójcik",
            "Kamińska",
            "Lewandowski",
            "Zielińska",
            "Szymański",
            "Dąbrowska",
            "Kozłowski",
            "Mazur",
            "Krawczyk",
            "Piotrowska",
            "Grabowski",
            "Pawlak",
            "Król",
        ],
        phone: None,
    },
    Country {
        name: "Italy",
        weight: 7,
        first_names: &[
            "Giulia",
            "Francesco",
            "Sofia",
            "Lorenzo",
            "Chiara",
            "Matteo",
            "Martina",
            "Nicolò",
            "Alessia",
            "Davide",
            "Elena",
            "Paolo",
            "Beatrice",
            "Luca",
        ],
        last_names: &[
            "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci",
            "Marino", "Greco", "Conti", "De Luca", "Costa", "D'Angelo",
        ],
        phone: None,
    },
    Country {
        name: "Sweden",
        weight: 6,
        first_names: &[
            "Åsa", "Erik", "Maja", "Björn", "Elsa", "Lars", "Ingrid", "Oskar", "Linnéa", "Gustav",
            "Saga", "Nils", "Freja", "Anders",
        ],
        last_names: &[
            "Andersson",
            "Johansson",
            "Karlsson",
            "Nilsson",
            "Eriksson",
            "Lindström",
            "Öberg",
            "Sjögren",
            "Bergqvist",
            "Holm",
            "Ström",
            "Åkesson",
            "Lund",
            "Hedlund",
        ],
        phone: Some("+46 31 390 06 ##"),
    },
    Country {
        name: "Spain",
        weight: 6,
        first_names: &[
            "Lucía", "Javier", "Carmen", "Álvaro", "Marta", "Sergio", "Nuria", "Íñigo", "Paula",
            "Rubén", "Begoña", "Diego", "Irene", "Jordi",
        ],
        last_names: &[
            "García",
            "Martínez",
            "López",
            "Sánchez",
            "Pérez",
            "Gómez",
            "Ruiz",
            "Hernández",
            "Muñoz",
            "Romero",
            "Ortega",
            "Ibáñez",
            "Castro",
            "Peña",
        ],
        phone: None,
    },
    Country {
        name: "United States",
        weight: 4,
        first_names: &[
            "Emily", "Marcus", "Ashley", "Tyler", "Mei", "Brandon", "Nicole", "Carlos", "Hannah",
            "DeShawn", "Megan", "Kenji", "Abigail", "Ethan",
        ],
        last_names: &[
            "Johnson",
            "Miller",
            "Davis",
            "Rodriguez",
            "Wilson",
            "Anderson",
            "Nguyen",
            "Jackson",
            "Lee",
            "Thompson",
            "Washington",
            "Chen",
            "Rivera",
            "Cooper",
        ],
        phone: Some("+1 202 555 01##"),
    },
];

impl Person {
    /// The person with this number, who is like no other by the email address.
    pub(super) fn new(number: usize, dice: &mut Dice) -> Self {
        let country = dice.weighted(COUNTRIES.iter().map(|country| country.weight));
        let home = &COUNTRIES[country];
        let (first, last) = (dice.pick(home.first_names), dice.pick(home.last_names));
        let domain = dice.pick(DOMAINS);
        let email = format!("{}.{}{number}@{domain}", plain(first), plain(last));
        let has_phone = dice.chance(550_000);
        let phone = home.phone.filter(|_| has_phone).map(|pattern| {
            let digit = |c| if c == '#' { char::from(b'0' + digit(dice)) } else { c };
            pattern.chars().map(digit).collect()
        });
        let email = dice.chance(930_000).then_some(email);
        Self { country, name: format!("{first} {last}"), email, phone }
    }
}

fn digit(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(10)).unwrap_or_default()
}

/// A name as it stands in an email address.
fn plain(name: &str) -> String {
    let mut text = String::new();
    for c in name.to_lowercase().chars() {
        text.push_str(match c {
            'a'..='z' => {
                text.push(c);
                continue;
            }
            'ä' | 'á' | 'å' | 'ą' => "a",
            'ö' | 'ó' | 'ò' => "o",
            'ü' | 'ú' => "u",
            'é' | 'è' | 'ę' | 'ë' => "e",
            'í' | 'ï' | 'ı' => "i",
            'ß' => "ss",
            'ç' => "c",
            'ł' => "l",
            'ñ' | 'ń' => "n",
            'ş' => "s",
            _ => "",
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_and_reach_nobody() {
        let mut dice = Dice::new(7);
        for number in 0..5_000 {
            let person = Person::new(number, &mut dice);
            let Some(email) = person.email else { continue };
            assert!(email.is_ascii(), "{email}");
            assert!(DOMAINS.iter().any(|domain| email.ends_with(&format!("@{domain}"))), "{email}");
            assert!(!email.starts_with('.') && !email.contains(".."), "{email}");
        }
    }

    #[test]
    fn every_letter_of_a_name_has_its_plain_form() {
        for country in COUNTRIES {
            for name in country.first_names.iter().chain(country.last_names) {
                let letters = name.chars().filter(|c| c.is_alphabetic()).count();
                assert!(plain(name).len() >= letters, "{name}: {}", plain(name));
            }
        }
    }
}
