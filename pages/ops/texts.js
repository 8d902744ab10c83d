/** Every text of the page. */
const EN = {
  title: 'Sahm: operations',
  language: 'Language',
  signIn: 'Sign in',
  signOut: 'Sign out',
  forAdmins: 'For administrators. What you sign in with is kept in the memory of this page alone.',
  username: 'Name',
  password: 'Password',
  wrong: 'Name or password is wrong.',
  tooMany: 'Too many attempts: wait a moment.',
  notAdmin: 'This account is not an administrator’s.',
  unreachable: 'The server does not answer.',
  ended: 'The session has ended: sign in again.',
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost: trying again…',
  instances: 'Instances',
  processes: 'Processes here',
  lastSeen: 'As of',
  requests: 'Requests',
  rate: 'Requests/s',
  errors: 'Errors/s (5xx)',
  latency: 'Time to answer, ms',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  hits: 'Cache hits',
  memory: 'In memory',
  shared: 'Shared tier',
  answers: 'Ready answers',
  load: 'Load and limits',
  loadValue: 'Load',
  factor: 'Budgets ×',
  refused: 'Refused',
  shed: 'No room/s (503)',
  limited: 'No budget/s (429)',
  pool: 'Database connections',
  size: 'Open',
  inUse: 'In use',
  waitingForOne: 'Waiting for one',
  jobs: 'Jobs',
  due: 'Due',
  waiting: 'Later',
  running: 'Running',
  dead: 'Given up',
  oldest: 'Oldest due, s',
  queued: 'In the queue',
  queues: 'Queues',
  slowQueries: 'Slow queries',
  slowNone: 'None is recorded.',
  times: 'times',
  total: 'in all',
  longest: 'longest',
  plan: 'plan',
  noPlan: 'plan unknown',
  scan: 'reads the whole collection',
  sorted: 'sorts in memory',
  index: 'index',
  examined: 'documents read',
  returned: 'found'
}

/** @type {typeof EN} */
const AR = {
  title: 'سهم: التشغيل',
  language: 'اللغة',
  signIn: 'تسجيل الدخول',
  signOut: 'تسجيل الخروج',
  forAdmins: 'للمشرفين. تُحفظ بيانات دخولك في ذاكرة هذه الصفحة فقط.',
  username: 'الاسم',
  password: 'كلمة المرور',
  wrong: 'الاسم أو كلمة المرور غير صحيحة.',
  tooMany: 'محاولات كثيرة: انتظر قليلًا.',
  notAdmin: 'هذا الحساب ليس حساب مشرف.',
  unreachable: 'الخادم لا يجيب.',
  ended: 'انتهت الجلسة: سجّل الدخول من جديد.',
  connecting: 'جارٍ الاتصال…',
  live: 'مباشر',
  lost: 'انقطع الاتصال: تُعاد المحاولة…',
  instances: 'النسخ العاملة',
  processes: 'العمليات هنا',
  lastSeen: 'حتى الساعة',
  requests: 'الطلبات',
  rate: 'طلب/ث',
  errors: 'أخطاء/ث (5xx)',
  latency: 'زمن الإجابة، م‌ث',
  p50: 'المئين ٥٠',
  p95: 'المئين ٩٥',
  p99: 'المئين ٩٩',
  hits: 'إصابات المخبأ',
  memory: 'في الذاكرة',
  shared: 'الطبقة المشتركة',
  answers: 'إجابات جاهزة',
  load: 'الحمل والحدود',
  loadValue: 'الحمل',
  factor: 'معامل الحصص',
  refused: 'المرفوض',
  shed: 'لا سعة/ث (503)',
  limited: 'لا رصيد/ث (429)',
  pool: 'اتصالات قاعدة البيانات',
  size: 'مفتوحة',
  inUse: 'مستعملة',
  waitingForOne: 'تنتظر اتصالًا',
  jobs: 'المهام',
  due: 'مستحقة',
  waiting: 'لاحقًا',
  running: 'قيد التنفيذ',
  dead: 'متروكة',
  oldest: 'أقدم مستحقة، ث',
  queued: 'في الطابور',
  queues: 'الطوابير',
  slowQueries: 'الاستعلامات البطيئة',
  slowNone: 'لا شيء مسجّل.',
  times: 'مرة',
  total: 'إجمالًا',
  longest: 'الأطول',
  plan: 'الخطة',
  noPlan: 'الخطة غير معروفة',
  scan: 'تقرأ المجموعة كلها',
  sorted: 'ترتّب في الذاكرة',
  index: 'الفهرس',
  examined: 'وثائق مقروءة',
  returned: 'وُجدت'
}

/** @typedef {keyof typeof EN} TextName */
/** @typedef {'en' | 'ar'} Language */

const LANGUAGES = { en: { texts: EN, locale: 'en', dir: 'ltr' }, ar: { texts: AR, locale: 'ar-u-nu-arab', dir: 'rtl' } }

/** @type {Language} */
let language = document.documentElement.lang === 'ar' ? 'ar' : 'en'

/** @param {TextName} name */
export const text = (name) => LANGUAGES[language].texts[name]

/**
 * A number as it is read in the language; what is not known is a dash.
 * @param {number | null | undefined} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export function number (value, options = { maximumFractionDigits: 1 }) {
  return value === null || value === undefined ? '–' : new Intl.NumberFormat(LANGUAGES[language].locale, options).format(value)
}

/** @param {number} milliseconds since the epoch */
export const time = (milliseconds) => new Intl.DateTimeFormat(LANGUAGES[language].locale, { timeStyle: 'medium' }).format(milliseconds)

/** Writes the texts of the document in the present language. */
export function writeTexts () {
  const { documentElement: root } = document
  root.lang = language
  root.dir = LANGUAGES[language].dir
  document.title = text('title')
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = text(/** @type {TextName} */ (element.getAttribute('data-text')))
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', text(/** @type {TextName} */ (element.getAttribute('data-label'))))
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('lang') === language) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}

/** @param {Language} chosen */
export function setLanguage (chosen) {
  language = chosen
  window.history.replaceState(null, '', `?lang=${chosen}`)
  writeTexts()
}
