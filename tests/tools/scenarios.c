/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the scenarios: each machine is made as a captured tree, enrolled and changed step by step,
 * and judged through the real command, under the hardware policy and under the ssm policy. Before
 * each judgement every threshold is tried on the vault as it is then, in this process.
 */
#include <cjson/cJSON.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "decide.h"
#include "machine.h"
#include "scenario.h"
#include "util.h"

extern char **environ;

static const char usage[] =
    "usage: scenarios [-t] [-o WORD] [-e HWFP] DIR COMMAND...\n"
    "Runs DIR/*/*.scenario with the machines of DIR/machines; COMMAND is how to start hwfp.\n"
    "-t       print a Markdown table instead of TAP lines\n"
    "-o WORD  only those with WORD in their kind/name\n"
    "-e HWFP  HWFP, of an earlier release, enrols and checks; COMMAND then takes over where that\n"
    "         one said same, and must say the same of the same machine\n";

enum { LEAST_THRESHOLD = 30, MOST_THRESHOLD = 90, WORDS_MAX = 32, ANSWER_MAX = 1 << 20 };
enum set { ALL, FIT, HELD_OUT };

struct options {
    bool table;
    const char *only, *folder;
    char *earlier; /* NULL, or the command of an earlier release */
    char **command;
    size_t n_command;
};

/* What one policy made of a scenario. */
struct outcome {
    bool right;
    enum hwfp_verdict last; /* the verdict of the last step that was judged */
    char *remarks;          /* NULL, or what was wrong, in sentences */
};

struct judged {
    struct scenario scenario;
    struct outcome hardware, ssm;
    unsigned let_in;   /* steps that are `different`, and `same` at some threshold */
    unsigned shut_out; /* steps that are `same`, and `different` at the default threshold */
    unsigned upgraded; /* steps that the earlier release called `same` */
    unsigned doubted;  /* of these: `uncertain` after the upgrade */
};

struct run {
    const struct options *options;
    char *machines; /* the folder of the machines' facts */
    char *scratch;  /* the folder of the trees */
    size_t n;
    struct judged *all;
};

/* ---- Calling the command. ---- */

static char *read_answer(int fd)
{
    char *text = NULL;
    size_t size = 0;

    if (read_all(fd, ANSWER_MAX, &text, &size) < 0)
        errx(1, "the command's answer cannot be read");
    return text;
}

/* Its standard output; its own complaints go where this program's go. */
static char *call(char *const *command, size_t n_command, const char *tree,
                  const char *const *words, int *ret_status)
{
    char *arguments[WORDS_MAX + 1] = {NULL}, *answer;
    posix_spawn_file_actions_t actions;
    int ends[2], r;
    size_t n = 0;
    pid_t pid;

    for (size_t i = 0; i < n_command; i++)
        arguments[n++] = command[i];
    arguments[n++] = (char[]){"--root"};
    arguments[n++] = strdup(tree);
    for (size_t i = 0; words[i]; i++)
        arguments[n++] = strdup(words[i]);
    if (pipe2(ends, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) != 0)
        err(1, "no pipe");
    r = posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ);
    if (r != 0)
        errx(1, "%s: %s", arguments[0], strerror(r));
    (void)close(ends[1]);
    answer = read_answer(ends[0]);
    (void)close(ends[0]);
    if (waitpid(pid, ret_status, 0) != pid)
        err(1, "waitpid");
    (void)posix_spawn_file_actions_destroy(&actions);
    while (n > n_command + 1)
        free(arguments[--n]);
    return answer;
}

static void order(const struct options *options, const char *tree, struct outcome *outcome,
                  const char *const *words)
{
    int status;

    free(call(options->command, options->n_command, tree, words, &status));
    if (status == 0)
        return;
    outcome->right = false;
    sentence_add(&outcome->remarks, "hwfp %s failed", words[1]);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text ? text : "";
}

/* A short scenario is only looked at; in a longer one the vault learns from step to step. */
static void ask(const struct options *options, const char *tree, const struct scenario *scenario,
                const struct step *step, struct outcome *outcome)
{
    static const char *const look[] = {"--json", "check", "--no-rotate", NULL};
    static const char *const learn[] = {"--json", "check", NULL};
    int status;
    CLEANUP_FREE char *answer = call(options->command, options->n_command, tree,
                                     scenario->n_steps > 2 ? learn : look, &status);
    cJSON *json = cJSON_Parse(answer);

    if (hwfp_verdict_parse(text_of(json, "verdict"), &outcome->last) < 0)
        outcome->last = HWFP_ERROR;
    if (outcome->last != step->expected || !WIFEXITED(status) ||
        WEXITSTATUS(status) != (int)step->expected || *text_of(json, "problem")) {
        outcome->right = false;
        sentence_add(&outcome->remarks, "[%s] expected %s, is %s (%.0f): %s %s", step->title,
                     hwfp_verdict_name(step->expected), hwfp_verdict_name(outcome->last),
                     cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "similarity")),
                     text_of(json, "reason"), text_of(json, "problem"));
    }
    cJSON_Delete(json);
}

/* ---- Every threshold, in this process. ---- */

static bool is_let_in(struct hwfp_vault *vault, const struct hwfp_hash *hash)
{
    for (vault->threshold = LEAST_THRESHOLD; vault->threshold <= MOST_THRESHOLD;
         vault->threshold++) {
        struct decision decision;

        decide(vault, hash, HWFP_POLICY_HARDWARE, &decision);
        if (decision.verdict == HWFP_SAME)
            return true;
    }
    return false;
}

static bool is_shut_out(struct hwfp_vault *vault, const struct hwfp_hash *hash)
{
    struct decision decision;

    vault->threshold = HWFP_THRESHOLD_DEFAULT;
    decide(vault, hash, HWFP_POLICY_HARDWARE, &decision);
    return decision.verdict == HWFP_DIFFERENT;
}

static void try_thresholds(const char *tree, const struct step *step, struct judged *judged)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_system *system = NULL;
    struct hwfp_config config = {0};
    struct hwfp_vault *vault = NULL;
    struct hwfp_hash hash = {0};

    if (hwfp_system_open(tree, &system, &error) < 0 ||
        hwfp_config_load(system, NULL, &config, &error) < 0 ||
        hwfp_vault_load(system, &vault, &error) < 0 ||
        hwfp_hash_collect(system, &vault->key, config.ignore, &hash) < 0)
        errx(1, "%s: %s", tree, error ? error : "no hardware hash");
    judged->let_in += step->expected == HWFP_DIFFERENT && is_let_in(vault, &hash);
    judged->shut_out += step->expected == HWFP_SAME && is_shut_out(vault, &hash);
    hwfp_hash_clear(&hash);
    hwfp_vault_free(vault);
    hwfp_config_clear(&config);
    hwfp_system_free(system);
}

/* ---- One scenario under one policy. ---- */

static void write_config(struct tree *tree, const struct scenario *scenario,
                         enum hwfp_policy policy)
{
    tree_text(tree, "etc/hwfp/hwfp.conf", "policy = %s\n%s\n", hwfp_policy_name(policy),
              scenario->config ? scenario->config : "");
}

static void remove_scratch(const struct run *run)
{
    struct tree scratch = tree_open(run->scratch);

    tree_remove(&scratch, "tree");
    tree_close(&scratch);
    (void)rmdir(run->scratch);
}

static void give_up(const struct run *run, const struct scenario *s, const struct step *step,
                    const char *error)
{
    remove_scratch(run);
    errx(1, "%s/%s, [%s]: %s", s->kind, s->name, step->title, error ? error : "no memory");
}

static void write_step(const struct run *run, const struct scenario *s, size_t number,
                       struct tree *tree, struct facts *facts)
{
    CLEANUP_FREE char *error = NULL;

    if (scenario_step(s, number, run->machines, facts, &error) < 0)
        give_up(run, s, &s->steps[number], error);
    machine_remove(tree);
    machine_write(tree, facts);
    if (tree->error)
        give_up(run, s, &s->steps[number], tree->error);
}

static void judge(const struct run *run, struct judged *judged, enum hwfp_policy policy,
                  struct outcome *outcome)
{
    static const char *const enroll[] = {"--quiet", "enroll", NULL};
    static const char *const accept[] = {"--quiet", "accept", NULL};
    const struct scenario *s = &judged->scenario;
    struct tree parent = tree_open(run->scratch), tree;
    CLEANUP_FREE char *path = NULL;
    struct facts facts = {0};

    if (!s->steps || asprintf(&path, "%s/tree", run->scratch) < 0)
        errx(1, "no memory");
    outcome->right = true;
    tree = tree_open(path);
    write_config(&tree, s, policy);
    write_step(run, s, 0, &tree, &facts);
    order(run->options, path, outcome, enroll);
    for (size_t i = 1; i < s->n_steps; i++) {
        write_step(run, s, i, &tree, &facts);
        if (policy == HWFP_POLICY_HARDWARE)
            try_thresholds(path, &s->steps[i], judged);
        ask(run->options, path, s, &s->steps[i], outcome);
        if (s->steps[i].accept)
            order(run->options, path, outcome, accept);
    }
    facts_clear(&facts);
    tree_close(&tree);
    tree_remove(&parent, "tree");
    tree_close(&parent);
}

/* ---- From an earlier release to this one. ---- */

static bool check_by(char *const *command, size_t n_command, const char *tree, cJSON **ret_answer)
{
    static const char *const words[] = {"--json", "check", NULL};
    int status;
    CLEANUP_FREE char *answer = call(command, n_command, tree, words, &status);

    *ret_answer = cJSON_Parse(answer);
    return WIFEXITED(status) && *ret_answer;
}

/* The earlier one has checked this machine; does this one know it after the upgrade alone? It may
 * doubt one that had changed so much that it is uncertain by its label. */
static void upgrade(const struct options *options, const char *tree, const struct step *step,
                    struct judged *judged)
{
    cJSON *before = NULL, *after = NULL;
    bool answered = check_by(&options->earlier, 1, tree, &before), right = true;
    const char *verdict;

    if (answered && strcmp(text_of(before, "verdict"), "same") == 0) {
        answered = check_by(options->command, options->n_command, tree, &after);
        verdict = text_of(after, "verdict");
        right = strcmp(verdict, "same") == 0 ||
                (strcmp(verdict, "uncertain") == 0 && step->has_expected &&
                 step->expected == HWFP_UNCERTAIN);
        right = right && strcmp(text_of(after, "fingerprint"), text_of(before, "fingerprint")) == 0;
        judged->upgraded++;
        judged->doubted += strcmp(verdict, "uncertain") == 0;
        if (!right || strcmp(verdict, "same") != 0)
            sentence_add(&judged->hardware.remarks, "[%s] was same, is %s: %s", step->title,
                         verdict, text_of(after, "reason"));
    }
    if (!answered)
        sentence_add(&judged->hardware.remarks, "[%s] there is no answer", step->title);
    judged->hardware.right = judged->hardware.right && answered && right;
    cJSON_Delete(before);
    cJSON_Delete(after);
}

/* The steps up to `last` under the earlier release, which learns from each; then the upgrade. */
static void migrate_after(const struct run *run, struct judged *judged, size_t last)
{
    static const char *const enroll[] = {"--quiet", "enroll", NULL};
    static const char *const check[] = {"--quiet", "check", NULL};
    static const char *const accept[] = {"--quiet", "accept", NULL};
    const struct scenario *s = &judged->scenario;
    struct tree parent = tree_open(run->scratch), tree;
    CLEANUP_FREE char *path = NULL;
    struct facts facts = {0};
    int status;

    if (asprintf(&path, "%s/tree", run->scratch) < 0)
        errx(1, "no memory");
    tree = tree_open(path);
    write_config(&tree, s, HWFP_POLICY_HARDWARE);
    for (size_t i = 0; i <= last; i++) {
        write_step(run, s, i, &tree, &facts);
        free(call(&run->options->earlier, 1, path, i == 0 ? enroll : check, &status));
        if (i == 0 && status != 0)
            give_up(run, s, &s->steps[i], "the earlier release does not enrol it");
        if (s->steps[i].accept)
            free(call(&run->options->earlier, 1, path, accept, &status));
    }
    upgrade(run->options, path, &s->steps[last], judged);
    facts_clear(&facts);
    tree_close(&tree);
    tree_remove(&parent, "tree");
    tree_close(&parent);
}

static void migrate(const struct run *run, struct judged *judged)
{
    judged->hardware.right = true;
    for (size_t last = 0; last < judged->scenario.n_steps; last++)
        migrate_after(run, judged, last);
}

/* ---- All of them. ---- */

static void read_all_scenarios(struct run *run)
{
    CLEANUP_FREE char *pattern = NULL;
    glob_t found = {0};

    if (asprintf(&pattern, "%s/*/*.scenario", run->options->folder) < 0)
        errx(1, "no memory");
    if (glob(pattern, GLOB_ERR, NULL, &found) != 0)
        errx(1, "%s: there are none", pattern);
    run->all = calloc(found.gl_pathc, sizeof(*run->all));
    if (!run->all)
        errx(1, "no memory");
    for (size_t i = 0; i < found.gl_pathc; i++) {
        CLEANUP_FREE char *error = NULL;

        if (run->options->only && !strstr(found.gl_pathv[i], run->options->only))
            continue;
        if (scenario_read(found.gl_pathv[i], &run->all[run->n].scenario, &error) < 0)
            errx(1, "%s", error ? error : "no memory");
        run->n++;
    }
    globfree(&found);
}

static enum hwfp_verdict label(const struct judged *j)
{
    return j->scenario.steps[j->scenario.n_steps - 1].expected;
}

static unsigned tap_line(unsigned number, bool ok, const char *text)
{
    (void)printf("%s %u - %s\n", ok ? "ok" : "not ok", number, text);
    return !ok;
}

static unsigned report_scenario(unsigned number, struct judged *j)
{
    CLEANUP_FREE char *text = NULL;
    const struct scenario *s = &j->scenario;
    unsigned failed;

    if (asprintf(&text, "%s/%s: %s", s->kind, s->name, hwfp_verdict_name(label(j))) < 0)
        errx(1, "no memory");
    failed = tap_line(number, j->hardware.right, text);
    if (failed)
        (void)printf("# %s\n# because: %s\n", j->hardware.remarks, s->why);
    (void)fflush(stdout);
    return failed;
}

struct count {
    unsigned all, hardware, ssm;
};

static void add(struct count *count, const struct judged *j)
{
    count->all++;
    count->hardware += j->hardware.right;
    count->ssm += j->ssm.right;
}

static bool is_in_set(const struct judged *j, enum set set)
{
    return set == ALL || (set == HELD_OUT) == j->scenario.held_out;
}

static struct count count_set(const struct run *run, enum set set)
{
    struct count count = {0};

    for (size_t i = 0; i < run->n; i++)
        if (is_in_set(&run->all[i], set))
            add(&count, &run->all[i]);
    return count;
}

static unsigned report_upgrades(const struct run *run, unsigned number)
{
    unsigned upgraded = 0, doubted = 0;

    for (size_t i = 0; i < run->n; i++) {
        upgraded += run->all[i].upgraded;
        doubted += run->all[i].doubted;
        if (run->all[i].doubted > 0)
            (void)printf("# doubted: %s/%s: %s\n", run->all[i].scenario.kind,
                         run->all[i].scenario.name, run->all[i].hardware.remarks);
    }
    (void)printf("# %u steps were same under the earlier release, %u of them are uncertain now\n",
                 upgraded, doubted);
    (void)printf("1..%u\n", number + 1);
    return tap_line(number + 1, upgraded > 0, "the earlier release knew machines");
}

static unsigned report_totals(const struct run *run, unsigned number)
{
    struct count fit = count_set(run, FIT), held_out = count_set(run, HELD_OUT);
    unsigned failed, let_in = 0, shut_out = 0;

    for (size_t i = 0; i < run->n; i++) {
        let_in += run->all[i].let_in;
        shut_out += run->all[i].shut_out;
        if (run->all[i].let_in > 0)
            (void)printf("# let in: %s/%s\n", run->all[i].scenario.kind, run->all[i].scenario.name);
        if (run->all[i].shut_out > 0)
            (void)printf("# shut out: %s/%s\n", run->all[i].scenario.kind,
                         run->all[i].scenario.name);
    }
    failed = tap_line(number + 1, let_in == 0,
                      "no other machine is let in at any threshold from 30 to 90");
    failed += tap_line(number + 2, shut_out == 0,
                       "this machine is never shut out at the default threshold");
    (void)printf("# fit: %u of %u right; held out: %u of %u right\n", fit.hardware, fit.all,
                 held_out.hardware, held_out.all);
    (void)printf("1..%u\n", number + 2);
    return failed;
}

/* ---- The table. ---- */

/* The ssm policy knows no `uncertain`: nothing to count there. */
static void print_row(const char *kind, const char *verdict, const struct count *count, bool ssm)
{
    (void)printf("| %s | %s | %u | %u |", kind, verdict, count->all, count->hardware);
    if (ssm)
        (void)printf(" %u |\n", count->ssm);
    else
        (void)printf(" - |\n");
}

static const enum hwfp_verdict labels[] = {HWFP_SAME, HWFP_DIFFERENT, HWFP_UNCERTAIN};

/* kind NULL: all kinds. */
static struct count count_label(const struct run *run, const char *kind, enum set set,
                                enum hwfp_verdict verdict)
{
    struct count count = {0};

    for (size_t i = 0; i < run->n; i++)
        if (label(&run->all[i]) == verdict && is_in_set(&run->all[i], set) &&
            (!kind || strcmp(kind, run->all[i].scenario.kind) == 0))
            add(&count, &run->all[i]);
    return count;
}

static void print_rows(const struct run *run, const char *kind, enum set set, const char *title)
{
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
        struct count count = count_label(run, kind, set, labels[i]);

        if (count.all > 0)
            print_row(title, hwfp_verdict_name(labels[i]), &count, labels[i] != HWFP_UNCERTAIN);
    }
}

static bool was_measured_wrong(const struct scenario *scenario)
{
    return scenario->agent && strncmp(scenario->agent, "wrong", strlen("wrong")) == 0;
}

/* Those pairs on which amazon-ssm-agent itself was run. */
static void print_measured(const struct run *run)
{
    unsigned all = 0, right = 0;

    for (size_t i = 0; i < run->n; i++)
        if (was_measured_wrong(&run->all[i].scenario)) {
            all++;
            right += run->all[i].hardware.right;
        }
    (void)printf("\nPairs on which amazon-ssm-agent itself was measured to be wrong: %u. hwfp is "
                 "right in %u of them.\n",
                 all, right);
}

static void print_table(const struct run *run)
{
    const char *kind = "";

    (void)puts("| kind | verdict | scenarios | hwfp right | ssm policy right |\n"
               "| --- | --- | ---: | ---: | ---: |");
    for (size_t i = 0; i < run->n; i++)
        if (strcmp(run->all[i].scenario.kind, kind) != 0) {
            kind = run->all[i].scenario.kind;
            print_rows(run, kind, ALL, kind);
        }
    print_rows(run, NULL, ALL, "**all**");
    print_rows(run, NULL, FIT, "**fit**");
    print_rows(run, NULL, HELD_OUT, "**held out**");
    print_measured(run);
}

static bool parse_arguments(int argc, char **argv, struct options *ret)
{
    int option;

    *ret = (struct options){0};
    while ((option = getopt(argc, argv, "+to:e:")) != -1) {
        if (option == 't')
            ret->table = true;
        else if (option == 'o')
            ret->only = optarg;
        else if (option == 'e')
            ret->earlier = optarg;
        else
            return false;
    }
    if (argc - optind < 2 || argc - optind > WORDS_MAX / 2)
        return false;
    ret->folder = argv[optind];
    ret->command = argv + optind + 1;
    ret->n_command = (size_t)(argc - optind - 1);
    return true;
}

static void judged_clear(struct judged *j)
{
    scenario_clear(&j->scenario);
    free(j->hardware.remarks);
    free(j->ssm.remarks);
}

static unsigned run_all(struct run *run)
{
    unsigned failed = 0;

    for (size_t i = 0; i < run->n; i++) {
        if (run->options->earlier)
            migrate(run, &run->all[i]);
        else
            judge(run, &run->all[i], HWFP_POLICY_HARDWARE, &run->all[i].hardware);
        if (run->options->table)
            judge(run, &run->all[i], HWFP_POLICY_SSM, &run->all[i].ssm);
        else
            failed += report_scenario((unsigned)i + 1, &run->all[i]);
    }
    if (run->options->table)
        print_table(run);
    else if (run->options->earlier)
        failed += report_upgrades(run, (unsigned)run->n);
    else
        failed += report_totals(run, (unsigned)run->n);
    return failed;
}

/* In memory where there is a file system for it: every vault is written with fsync(2). */
static char *make_scratch(void)
{
    static const char *const folders[] = {"/dev/shm", "/tmp"};
    char *path = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        if (asprintf(&path, "%s/hwfp-scenarios-XXXXXX", folders[i]) < 0)
            errx(1, "no memory");
        if (mkdtemp(path))
            return path;
        free(path);
    }
    err(1, "no folder for the trees");
}

int main(int argc, char **argv)
{
    struct options options;
    struct run run = {.options = &options};
    unsigned failed;

    if (!parse_arguments(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    if (asprintf(&run.machines, "%s/machines", options.folder) < 0)
        errx(1, "no memory");
    read_all_scenarios(&run);
    run.scratch = make_scratch();
    failed = run_all(&run);
    remove_scratch(&run);
    free(run.scratch);
    for (size_t i = 0; i < run.n; i++)
        judged_clear(&run.all[i]);
    free(run.all);
    free(run.machines);
    return failed > 0;
}
