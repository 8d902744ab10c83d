/** What pages of every list have. */
export interface Page<T> {
  items: readonly T[]
  nextCursor: string | null
  cursorOf: (item: T) => string
}

/** Cursors are made only where they are asked for: getters, named as in presented objects. */
class Edge<T, TNode> {
  readonly node: TNode
  readonly #item: T
  readonly #page: Page<T>

  constructor (page: Page<T>, item: T, node: TNode) {
    this.#page = page
    this.#item = item
    this.node = node
  }

  get cursor (): string {
    return this.#page.cursorOf(this.#item)
  }
}

class PageInfo<T> {
  readonly has_previous_page = false
  readonly #page: Page<T>

  constructor (page: Page<T>) {
    this.#page = page
  }

  get has_next_page (): boolean {
    return this.#page.nextCursor !== null
  }

  get start_cursor (): string | null {
    return this.#cursorAt(0)
  }

  get end_cursor (): string | null {
    return this.#cursorAt(-1)
  }

  #cursorAt (index: number): string | null {
    const item = this.#page.items.at(index)
    return item === undefined ? null : this.#page.cursorOf(item)
  }
}

/** A page as a Relay connection (GraphQL Cursor Connections Specification), with the cursors of REST. */
export function toConnection<T, TNode> (page: Page<T>, present: (item: T) => TNode) {
  return {
    edges: page.items.map((item) => new Edge(page, item, present(item))),
    page_info: new PageInfo(page)
  }
}
