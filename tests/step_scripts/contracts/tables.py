"""A contract with a column of every kind, and a file that keeps it."""

from step_scripts.contracts.catalog import parse, read_yaml

SALES = """\
id: sales
name: sales
version: 1.0.0
description: {purpose: Offers of houses.}
schema:
  - properties:
      - {name: house_id, logicalType: integer, primaryKey: true, required: true, logicalTypeOptions: {minimum: 1}}
      - name: rooms
        logicalType: integer
        logicalTypeOptions: {minimum: 1, maximum: 30}
        customProperties: [{property: missingValues, value: ["NA", "?"]}]
      - name: area
        logicalType: number
        logicalTypeOptions: {minimum: 5}
        customProperties: [{property: missingValues, value: ["NA"]}]
      - {name: garden, logicalType: boolean}
      - name: heated
        logicalType: boolean
        required: true
        customProperties: [{property: trueValues, value: ["Y"]}, {property: falseValues, value: ["N", "none"]}]
      - name: kind
        logicalType: string
        quality: [{metric: invalidValues, arguments: {validValues: [Flat, House, N/A]}}]
        customProperties: [{property: missingValues, value: ["-"]}]
      - {name: notes, logicalType: string, logicalTypeOptions: {pattern: '^[A-ZÉ]', minLength: 2, maxLength: 20}}
      - name: sold_on
        logicalType: date
        logicalTypeOptions: {format: dd.MM.yyyy, minimum: '01.01.2019', maximum: '2030-12-31'}
      - {name: offered_on, logicalType: date, required: true}
      - name: seen_at
        logicalType: timestamp
        logicalTypeOptions: {format: "yyyy-MM-dd HH:mm:ss", minimum: '2019-01-01'}
      - {name: sent_at, logicalType: timestamp, logicalTypeOptions: {timezone: true, minimum: '2019-01-01T00:00:00Z'}}
    quality:
      - id: sold_after_offer
        description: a house is sold on or after the day on which it was offered
        engine: greatExpectations
        implementation:
          type: expect_rows_to_satisfy
          kwargs: {column_list: [sold_on, offered_on], expression: sold_on >= offered_on}
"""
HEADER = "house_id,rooms,area,garden,heated,kind,notes,sold_on,offered_on,seen_at,sent_at"
ROWS = (
    "1,3,48.5,true,Y,Flat,Near the sea,31.01.2026,2026-01-01,2026-01-30 12:00:00,2026-01-30T12:00:00+02:00",
    "2,NA,NA,False,n,-,,,2026-01-02,,",
    "3,?,7,,NONE,N/A,Été à Nice,01.02.2026,2026-02-01,2019-01-01 00:00:00,2019-01-01T00:00:00Z",
    '4,,,,y,,"A, ""B""",,2026-01-02,,2026-01-30T12:00:00.250Z',
)


def sales():
    """Return the contract."""
    return parse(read_yaml(SALES))


def text(*rows):
    """Return rows below the header, by default the valid ones."""
    return "\n".join((HEADER, *(rows or ROWS))) + "\n"


def changed(row, **cells):
    """Return a row with other cells; no cell of such a row holds a comma."""
    values = dict(zip(HEADER.split(","), ROWS[row].split(","), strict=True))
    return ",".join({**values, **cells}.values())
