/** Most bytes of a document, in UTF-8; a batch has as many for all of its documents. */
export const MAX_DOCUMENT_BYTES = 32_768
/** Most tokens of a document; the introspection query of GraphiQL has some 250. Bounds the time of parsing and validation. */
export const MAX_TOKENS = 1000
/** Most levels of fields below the operation: two lists within each other with a link at their end need nine. */
export const MAX_DEPTH = 10
/** Most fields of an operation, those of a fragment counted wherever it is spread; GraphiQL's introspection has some 200. */
export const MAX_FIELDS = 400
/** Most fields of the root: each is a read of its own. */
export const MAX_ROOT_FIELDS = 20
/** Most aliases of an operation, counted as fields are: only they make a field run more than once. */
export const MAX_ALIASES = 30
/**
 * Most fields of one name, or alias, in the text of a document: validation compares each with each other, and what is
 * selected of them too.
 */
export const MAX_REPEATS = 50
/** Most directives of an operation, counted as fields are. */
export const MAX_DIRECTIVES = 100
/** Largest `first` or `last`, as in the lists of REST. */
export const MAX_PAGE_SIZE = 100
/** Most items of a list among arguments and variables. */
export const MAX_LIST_ITEMS = 100
/** Most levels of objects and lists in the variables. */
export const MAX_INPUT_LEVELS = 8
/** Most operations of a batch. */
export const MAX_BATCH = 10
/** After so many faults validation stops. */
export const MAX_ERRORS = 10
/** Most documents kept parsed, and as many refused ones. */
export const MAX_CACHED_DOCUMENTS = 256
