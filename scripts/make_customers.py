#!/usr/bin/env python3
"""Makes a CSV of customers as awkward as real ones: commas, quotes, line breaks, all scripts.

The same number gives the same customers. Every one of them is good: the API takes it.

    scripts/make_customers.py 1000 > customers.csv
    annals import customers.csv
"""

import csv
import random
import sys

FIELDS = [
    "name", "email", "phone", "company", "notes", "tags",
    "address.line1", "address.line2", "address.postal_code", "address.city", "address.country",
]

NAMES = [
    "Seán O'Brien", "Zoë Müller-Lüdenscheidt", "Łukasz Żółć", "Nguyễn Thị Ánh", "王小明", "山田 太郎",
    "김민수", "محمد بن سلمان الأحمد", "שרה כהן", "Анна Каренина", "Γιώργος Παπαδόπουλος", "Þórður Ægisson",
    "Smith, John", 'Jane "JJ" Jones', "Robert'); DROP TABLE customers;--", "=SUM(A1:A9)", "null", "NaN",
    "-1", "0012", "true", "<b>Bold</b> & Söhne", "Tab\u2003Space", "👩‍👩‍👧‍👦 Family Office", "🇦🇹 Österreich GmbH",
    "e\u0301 decomposed", "é composed", "\u202bעברית\u202c mixed", "a/b\\c", "100% natural; really", "\ufb01ligature",
    "  led by spaces", "trailed by spaces  ", "Ünïcödé ÅÄÖ", "İstanbul Ticaret", "ẞtraße", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
]
NOTES = [
    "", "Calls on Mondays, not before 9.", 'Said: "never again", then ordered.', "First line\nsecond line\n\nfourth",
    "Windows\r\nline break", "Tab\there", "رقم الهاتف: 12345", "🙂🙃🙂", "a,b;c|d", "'single' \"double\" `back`",
    "ends with a break\n", "\\n is not a break", "x" * 9_000,
]
COMPANIES = ["", "Müller & Söhne KG", "Acme, Inc.", 'The "Best" Ltd.', "株式会社 青空", "L'Oréal-ish", "N/A"]
TAGS = ["", "vip", "vip;new", "größe;été", "a, b;c", "🙂"]
CITIES = ["", "Wien", "São Paulo", "Kraków", "東京", "القاهرة", "Aix-en-Provence", "Stoke-on-Trent, Staffs"]


def customer(number: int, dice: random.Random) -> list[str]:
    name = NAMES[number % len(NAMES)]
    if number % 97 == 0:
        name = (name + " ") * 100
        name = name[:190].strip()
    return [
        f"{name} {number}",
        f"c{number}@example.org" if number % 3 else "",
        f"+43 (1) 555-{number:04}" if number % 4 else "",
        dice.choice(COMPANIES),
        dice.choice(NOTES),
        dice.choice(TAGS),
        f"Straße des 17. Juni {number}/{number % 7}" if number % 2 else "",
        "c/o \"Huber\", 2. Stock" if number % 5 == 0 else "",
        f"{1000 + number}" if number % 2 or number % 5 == 0 else "",
        dice.choice(CITIES),
        "",
    ]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    out = csv.writer(sys.stdout)
    out.writerow(FIELDS)
    dice = random.Random(1)
    made: list[list[str]] = []
    for number in range(count):
        # Rows come twice in real files; the second is a customer of its own.
        twice = number % 50 == 49
        made.append(made[-1] if twice else customer(number, dice))
        out.writerow(made[-1])


if __name__ == "__main__":
    main()
