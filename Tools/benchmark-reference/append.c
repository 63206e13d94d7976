#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "benchmark_reference.h"
#include "common.h"

static const char *const schema =
    "CREATE TABLE recent_events (position INTEGER PRIMARY KEY, session INTEGER NOT NULL, \"offset\" INTEGER NOT NULL,"
    " at INTEGER NOT NULL, kind INTEGER NOT NULL, v INTEGER NOT NULL, cause INTEGER, body TEXT);"
    "CREATE TABLE settled_events (session INTEGER NOT NULL, \"offset\" INTEGER NOT NULL, position INTEGER NOT NULL,"
    " at INTEGER NOT NULL, kind INTEGER NOT NULL, v INTEGER NOT NULL, cause INTEGER, body TEXT,"
    " PRIMARY KEY (session, \"offset\")) WITHOUT ROWID;";

static const char *const insert_recent =
    "INSERT INTO recent_events (session, \"offset\", position, at, kind, v, cause, body) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";
static const char *const insert_settled =
    "INSERT INTO settled_events (session, \"offset\", position, at, kind, v, cause, body) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";

typedef struct {
    sqlite3 *database;
    sqlite3_stmt *begin, *commit, *settled, *insert;
    int64_t position;
    int64_t at;
} appender;

static int insert_event(sqlite3_stmt *statement, appender *appender, int64_t session, int64_t offset) {
    char text[8];
    int64_t number = ++appender->position;
    /* Five bytes, not always the same. */
    for (int index = 0; index < 5; index++, number /= 26) text[index] = (char)('a' + number % 26);
    sqlite3_bind_int64(statement, 1, session);
    sqlite3_bind_int64(statement, 2, offset);
    sqlite3_bind_int64(statement, 3, appender->position);
    sqlite3_bind_int64(statement, 4, appender->at++);
    sqlite3_bind_int64(statement, 5, 16);
    sqlite3_bind_int64(statement, 6, 1);
    if (offset > 1) {
        sqlite3_bind_int64(statement, 7, 1);
    } else {
        sqlite3_bind_null(statement, 7);
    }
    sqlite3_bind_text(statement, 8, text, 5, SQLITE_STATIC);
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int run(sqlite3_stmt *statement) {
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int prepare(appender *appender, const char *sql, sqlite3_stmt **statement) {
    return sqlite3_prepare_v3(appender->database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

static int fill(appender *appender, int64_t sessions, int64_t prefill) {
    int result = SQLITE_OK;
    CHECK(run(appender->begin));
    for (int64_t session = 1; session <= sessions; session++) {
        for (int64_t offset = 1; offset <= prefill; offset++) {
            CHECK(insert_event(appender->settled, appender, session, offset));
        }
    }
    CHECK(run(appender->commit));
    CHECK(sqlite3_wal_checkpoint_v2(appender->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
end:
    return result;
}

static int settle(sqlite3 *database) {
    return sqlite3_exec(database,
                        "BEGIN;"
                        "INSERT INTO settled_events SELECT session, \"offset\", position, at, kind, v, cause, body"
                        " FROM recent_events ORDER BY session, \"offset\";"
                        "DELETE FROM recent_events;"
                        "COMMIT",
                        NULL, NULL, NULL);
}

int reference_append(const char *path, reference_layout layout, int64_t sessions, int64_t prefill, int64_t events,
                     int64_t batch, int64_t settle_every, reference_cost *cost) {
    int result = SQLITE_OK;
    appender appender = {.at = 1795349071655120};
    CHECK(reference_open(path, &appender.database));
    CHECK(sqlite3_exec(appender.database, schema, NULL, NULL, NULL));
    CHECK(prepare(&appender, "BEGIN", &appender.begin));
    CHECK(prepare(&appender, "COMMIT", &appender.commit));
    CHECK(prepare(&appender, insert_settled, &appender.settled));
    CHECK(prepare(&appender, layout == REFERENCE_CLUSTERED ? insert_settled : insert_recent, &appender.insert));
    CHECK(fill(&appender, sessions, prefill));

    uint64_t bytes = reference_bytes_written();
    double cpu = reference_now(CLOCK_THREAD_CPUTIME_ID), start = reference_now(CLOCK_MONOTONIC);
    int64_t settled = 0;
    for (int64_t done = 0; done < events;) {
        CHECK(run(appender.begin));
        for (int64_t end = done + batch; done < end && done < events; done++) {
            CHECK(insert_event(appender.insert, &appender, done % sessions + 1, prefill + done / sessions + 1));
        }
        CHECK(run(appender.commit));
        if (layout == REFERENCE_SETTLING && (done - settled >= settle_every || done == events)) {
            CHECK(settle(appender.database));
            settled = done;
        }
    }
    cost->seconds = reference_now(CLOCK_MONOTONIC) - start;
    cost->cpu_seconds = reference_now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    cost->bytes_written = reference_bytes_written() - bytes;
end:
    sqlite3_finalize(appender.begin);
    sqlite3_finalize(appender.commit);
    sqlite3_finalize(appender.settled);
    sqlite3_finalize(appender.insert);
    sqlite3_close(appender.database);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}

struct reference_committer {
    appender appender;
};

int reference_committer_open(const char *path, reference_committer **committer) {
    int result = SQLITE_OK;
    *committer = calloc(1, sizeof **committer);
    appender *appender = &(*committer)->appender;
    CHECK(reference_open(path, &appender->database));
    CHECK(sqlite3_exec(appender->database, schema, NULL, NULL, NULL));
    CHECK(prepare(appender, "BEGIN", &appender->begin));
    CHECK(prepare(appender, "COMMIT", &appender->commit));
    CHECK(prepare(appender, insert_recent, &appender->insert));
end:
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}

int reference_committer_commit(reference_committer *committer, double *microseconds) {
    appender *appender = &committer->appender;
    int result = SQLITE_OK;
    double start = reference_now(CLOCK_MONOTONIC);
    CHECK(run(appender->begin));
    CHECK(insert_event(appender->insert, appender, 1, appender->position + 1));
    CHECK(run(appender->commit));
    *microseconds = (reference_now(CLOCK_MONOTONIC) - start) * 1e6;
end:
    return result;
}

void reference_committer_close(reference_committer *committer) {
    sqlite3_finalize(committer->appender.begin);
    sqlite3_finalize(committer->appender.commit);
    sqlite3_finalize(committer->appender.insert);
    sqlite3_close(committer->appender.database);
    free(committer);
}

int reference_fill(const char *path, int64_t sessions, int64_t each) {
    int result = SQLITE_OK;
    appender appender = {.at = 1795349071655120};
    char sql[256];
    CHECK(sqlite3_open_v2(path, &appender.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    /* The file is thrown away when this fails, so nothing is synced but the end. */
    CHECK(sqlite3_exec(appender.database, "PRAGMA synchronous=OFF; PRAGMA cache_size=-65536", NULL, NULL, NULL));
    CHECK(prepare(&appender, "BEGIN", &appender.begin));
    CHECK(prepare(&appender, "COMMIT", &appender.commit));
    CHECK(prepare(&appender, insert_settled, &appender.settled));
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld)"
             " INSERT INTO sessions (id, name, opened_at) SELECT i, 's' || i, 1 FROM n",
             (long long)sessions);
    CHECK(sqlite3_exec(appender.database, sql, NULL, NULL, NULL));
    CHECK(run(appender.begin));
    for (int64_t session = 1; session <= sessions; session++) {
        for (int64_t offset = 1; offset <= each; offset++) {
            CHECK(insert_event(appender.settled, &appender, session, offset));
        }
        if (session % 100 == 0 || appender.position % 100000 < each) {
            CHECK(run(appender.commit));
            CHECK(run(appender.begin));
        }
    }
    snprintf(sql, sizeof sql, "UPDATE log_properties SET value = '%lld' WHERE name = 'trimmed_position'",
             (long long)appender.position);
    CHECK(sqlite3_exec(appender.database, sql, NULL, NULL, NULL));
    CHECK(run(appender.commit));
    CHECK(sqlite3_exec(appender.database, "PRAGMA synchronous=FULL", NULL, NULL, NULL));
    CHECK(sqlite3_wal_checkpoint_v2(appender.database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
end:
    sqlite3_finalize(appender.begin);
    sqlite3_finalize(appender.commit);
    sqlite3_finalize(appender.settled);
    sqlite3_close(appender.database);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}
