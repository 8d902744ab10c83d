import fc from 'fast-check'
import t from 'tap'
import { csvSheet, ndjsonSheet, type Field } from '../../../../plugins/app/exports/sheets.ts'
import { parseCsv } from './csv.ts'

const { row } = csvSheet(['a'], true)
const cellOf = (value: Field) => row({ a: value }).slice(0, -2)

t.test('CSV has a header, and ends each row by CRLF', async (t) => {
  t.match(csvSheet(['a', 'b'], true), { type: 'text/csv; charset=utf-8; header=present', head: 'a,b\r\n' })
  t.match(csvSheet(['a', 'b'], false), { type: 'text/csv; charset=utf-8; header=absent', head: '' })
  t.equal(csvSheet(['a', 'b'], false).row({ b: 2, a: 'x', c: 'not shown' }), 'x,2\r\n')
})

t.test('values of each kind are fields', async (t) => {
  for (const [value, field] of [[null, ''], [undefined, ''], [true, 'true'], [-5, '-5'], ['', ''], [['1.5', '2'], '1.5 2'], [[], '']] as const) t.equal(cellOf(value), field)
})

t.test('commas, quotes and line breaks are quoted; a line break is LF, so that CRLF is the end of a row and nothing else', async (t) => {
  for (const [value, field] of [['a,b', '"a,b"'], ['a"b', '"a""b"'], ['a\nb', '"a\nb"'], ['a\r\nb', '"a\nb"'], ['a\rb', '"a\nb"'], [' a ', ' a '], ['a;b', 'a;b']] as const) t.equal(cellOf(value), field)
})

t.test('what a spreadsheet would take for a formula is a text there, and amounts stay numbers', async (t) => {
  for (const text of ['=1+1', '+1', '-1+cmd', '@SUM(A1)', '\t=1', '＝1', '＋1', '－1', '＠a', '-5']) t.equal(cellOf(text), `'${text}`)
  t.equal(cellOf('=HYPERLINK("http://x","a")'), '"\'=HYPERLINK(""http://x"",""a"")"')
  t.equal(cellOf('\r=1'), '"\'\n=1"')
  for (const text of ['-5.000000', '5.000000', 'a=1', '-0.500000', "'=1"]) t.equal(cellOf(text), text)
  t.equal(cellOf('-5.000000\n=1'), '"\'-5.000000\n=1"')
})

t.test('whatever is written is read again by the rules of RFC 4180', async () => {
  const { head, row } = csvSheet(['a', 'b', 'c'], true)
  const expected = (text: string) => text.replace(/\r\n?/g, '\n').replace(/^(?=[=+\-@\t\n＝＋－＠])(?!-\d+\.\d+$)/, "'")
  fc.assert(fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', '-', '1', '.', 'é') }), fc.integer()), { maxLength: 5 }), (rows) => {
    const text = head + rows.map(([a, b, c]) => row({ a, b, c })).join('')
    t.strictSame(parseCsv(text), [['a', 'b', 'c'], ...rows.map(([a, b, c]) => [expected(a), expected(b), String(c)])])
    t.equal(text.split('\r\n').length, rows.length + 2)
  }))
})

t.test('NDJSON is a document in each line', async (t) => {
  t.equal(ndjsonSheet.head, '')
  t.equal(ndjsonSheet.row({ a: 'x\ny', b: null, c: undefined }), '{"a":"x\\ny","b":null}\n')
})
