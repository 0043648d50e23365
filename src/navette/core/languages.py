"""The languages of files for people: the words that are not in locale data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """The words of a file's notice: its facts, then the header of the table of columns."""

    title: str
    export: str
    description: str
    window: str
    start: str
    end: str
    all_records: str
    filters: str
    zone: str
    rows: str
    cut: str
    replaced: str
    column: str
    label: str
    type: str
    sensitive: str
    meaning: str


@dataclass(frozen=True)
class Language:
    """Facts about a language that CLDR does not have.

    ``cut`` marks a shortened cell; ``date`` is the published form, if any.
    """

    yes: str
    no: str
    cut: str
    notice: Notice
    date: str | None = None


LANGUAGES = {
    "de": Language(
        "wahr",
        "falsch",
        "… [gekürzt: {} Zeichen]",
        Notice(
            title="Hinweise",
            export="Export",
            description="Beschreibung",
            window="Zeitraum",
            start="ab {}",
            end="vor {}",
            all_records="alles",
            filters="Filter",
            zone="Zeitzone",
            rows="Zeilen",
            cut="Gekürzte Zellen",
            replaced="Zellen mit ersetzten Steuerzeichen",
            column="Spalte",
            label="Bezeichnung",
            type="Typ",
            sensitive="Sensibel",
            meaning="Bedeutung",
        ),
    ),
    "en": Language(
        "true",
        "false",
        "… [cut: {} characters]",
        Notice(
            title="Notice",
            export="Export",
            description="Description",
            window="Window",
            start="from {}",
            end="before {}",
            all_records="everything",
            filters="Filters",
            zone="Time zone",
            rows="Rows",
            cut="Cells cut short",
            replaced="Cells with control characters replaced",
            column="Column",
            label="Label",
            type="Type",
            sensitive="Sensitive",
            meaning="Meaning",
        ),
        date="%m-%d-%Y",
    ),
    "es": Language(
        "verdadero",
        "falso",
        "… [recortado: {} caracteres]",
        Notice(
            title="Aviso",
            export="Exportación",
            description="Descripción",
            window="Intervalo",
            start="desde {}",
            end="antes de {}",
            all_records="todo",
            filters="Filtros",
            zone="Zona horaria",
            rows="Filas",
            cut="Celdas recortadas",
            replaced="Celdas con caracteres de control sustituidos",
            column="Columna",
            label="Etiqueta",
            type="Tipo",
            sensitive="Sensible",
            meaning="Significado",
        ),
    ),
    "fr": Language(
        "vrai",
        "faux",
        "… [coupé : {} caractères]",
        Notice(
            title="Notice",
            export="Exportation",
            description="Description",
            window="Intervalle",
            start="à partir du {}",
            end="avant le {}",
            all_records="tout",
            filters="Filtres",
            zone="Fuseau horaire",
            rows="Lignes",
            cut="Cellules coupées",
            replaced="Cellules aux caractères de contrôle remplacés",
            column="Colonne",
            label="Libellé",
            type="Type",
            sensitive="Sensible",
            meaning="Signification",
        ),
        date="%d/%m/%Y",
    ),
    "it": Language(
        "vero",
        "falso",
        "… [troncato: {} caratteri]",
        Notice(
            title="Avviso",
            export="Esportazione",
            description="Descrizione",
            window="Intervallo",
            start="dal {}",
            end="prima del {}",
            all_records="tutto",
            filters="Filtri",
            zone="Fuso orario",
            rows="Righe",
            cut="Celle troncate",
            replaced="Celle con caratteri di controllo sostituiti",
            column="Colonna",
            label="Etichetta",
            type="Tipo",
            sensitive="Sensibile",
            meaning="Significato",
        ),
    ),
    "nl": Language(
        "waar",
        "onwaar",
        "… [ingekort: {} tekens]",
        Notice(
            title="Toelichting",
            export="Export",
            description="Beschrijving",
            window="Periode",
            start="vanaf {}",
            end="vóór {}",
            all_records="alles",
            filters="Filters",
            zone="Tijdzone",
            rows="Rijen",
            cut="Ingekorte cellen",
            replaced="Cellen met vervangen besturingstekens",
            column="Kolom",
            label="Label",
            type="Type",
            sensitive="Gevoelig",
            meaning="Betekenis",
        ),
    ),
    "pt": Language(
        "verdadeiro",
        "falso",
        "… [cortado: {} caracteres]",
        Notice(
            title="Aviso",
            export="Exportação",
            description="Descrição",
            window="Intervalo",
            start="desde {}",
            end="antes de {}",
            all_records="tudo",
            filters="Filtros",
            zone="Fuso horário",
            rows="Linhas",
            cut="Células cortadas",
            replaced="Células com caracteres de controlo substituídos",
            column="Coluna",
            label="Rótulo",
            type="Tipo",
            sensitive="Sensível",
            meaning="Significado",
        ),
    ),
}
