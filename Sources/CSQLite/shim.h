#include <sqlite3.h>

/* sqlite3_db_config is variadic, which Swift cannot call. */
static inline int playhead_sqlite_no_checkpoint_on_close(sqlite3 *handle) {
    return sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
