/* Where a password may come from. */
#include "db/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static int make_file(void **state)
{
    (void)state;
    unsetenv("PGPASSWORD");
    snprintf(path, sizeof path, "/tmp/duban-password-XXXXXX");
    int file = mkstemp(path); /* 0600 */
    assert_true(file >= 0);
    assert_int_equal(write(file, "secret\n", 7), 7);
    close(file);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static enum rc check(const char *conninfo, const char *file, struct err *err)
{
    return db_address_check(&(struct db_address){conninfo, file, 1000000}, err);
}

static void assert_good(const char *conninfo, const char *file)
{
    struct err err = {""};
    if (check(conninfo, file, &err) != RC_OK)
        fail_msg("%s: %s", conninfo, err.text);
}

static void assert_bad(const char *conninfo, const char *file, const char *says)
{
    struct err err = {""};
    assert_int_equal(check(conninfo, file, &err), RC_REFUSED);
    if (strstr(err.text, says) == NULL || strstr(err.text, "secret") != NULL)
        fail_msg("\"%s\" does not say \"%s\", or says too much", err.text, says);
}

static void an_address_has_several_forms(void **state)
{
    (void)state;
    assert_good("host=/run/duban dbname=duban", NULL);
    assert_good("host=db1,db2 port=5432,5433 dbname=duban", "");
    assert_good("postgresql://db1,db2:5433/duban?sslmode=verify-full", NULL);
    assert_good("duban", NULL);
    assert_good("", NULL);
    assert_bad("host=db1 dbname", NULL, "not a connection string");
    assert_bad("host=db1 secret", NULL, "not a connection string");
}

static void a_password_comes_from_no_string(void **state)
{
    (void)state;
    assert_bad("host=db1 password=secret", NULL, "a file only");
    assert_bad("host=db1 password = 'secret'", NULL, "a file only");
    assert_bad("postgresql://duban:secret@db1/duban", NULL, "a file only");
    assert_bad("postgres://db1/duban?password=secret", NULL, "a file only");
    assert_bad("host=db1 sslpassword=secret", NULL, "a file only");
    setenv("PGPASSWORD", "secret", 1);
    assert_bad("host=db1", NULL, "PGPASSWORD");
    assert_bad("host=db1", path, "PGPASSWORD");
}

static void a_password_file_belongs_to_nobody_else(void **state)
{
    (void)state;
    assert_good("host=db1", path);
    static const mode_t bad[] = {0604, 0640, 0602, 0620, 0601, 0610, 0444};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(chmod(path, bad[i]), 0);
        assert_bad("host=db1", path, "0600");
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_good("host=db1", path);
    if (geteuid() == 0) { /* only root can give a file away */
        assert_int_equal(chown(path, 1, 1), 0);
        assert_bad("host=db1", path, "0600");
    }
}

static void a_password_file_has_a_password(void **state)
{
    (void)state;
    assert_bad("host=db1", "/nowhere/at/all", "No such file");
    assert_bad("host=db1", "/tmp", "not a file");
    assert_int_equal(truncate(path, 0), 0);
    assert_bad("host=db1", path, "empty");
    assert_int_equal(truncate(path, DB_PASSWORD_BYTES), 0); /* zeros */
    assert_bad("host=db1", path, "empty");
    FILE *file = fopen(path, "w");
    for (int i = 0; i < DB_PASSWORD_BYTES; i++)
        fputc('x', file);
    fclose(file);
    assert_bad("host=db1", path, "longer");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_file, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_has_several_forms),
        TEST(a_password_comes_from_no_string),
        TEST(a_password_file_belongs_to_nobody_else),
        TEST(a_password_file_has_a_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
