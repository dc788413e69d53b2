/* The host is sacred: nothing printed, no threads left, nothing of the process changed, forking allowed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "everything.h"

static int entries(const char *folder)
{
    int count = 0;
    DIR *directory = opendir(folder);
    if (!directory) return -1;
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

static void nothing_is_printed(void)
{
    const char *path = "build/tests/scratch/printed";
    fflush(NULL);
    int file = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600), kept[2] = {dup(1), dup(2)};
    CHECK(file >= 0);
    dup2(file, 1);
    dup2(file, 2);
    int before = complaints;
    round_of_everything(1);
    round_of_everything(2);
    off_t printed = lseek(file, 0, SEEK_END); /* without what this test's own printf keeps in its buffer */
    fflush(NULL);
    dup2(kept[0], 1);
    dup2(kept[1], 2);
    for (int i = 0; i < 2; i++) close(kept[i]);
    close(file);
    CHECK(printed == 0);
    if (complaints > before) {
        char text[2000] = "";
        FILE *read = fopen(path, "r");
        if (read) {
            text[fread(text, 1, sizeof text - 1, read)] = 0;
            fclose(read);
        }
        printf("%s", text);
    }
    remove(path);
}

static void no_threads_and_no_files_are_left(void)
{
    round_of_everything(1); /* OpenBLAS starts its own threads when it is loaded, before this */
    int threads = entries("/proc/self/task"), files = entries("/proc/self/fd");
    CHECK(threads > 0);
    round_of_everything(3);
    for (int wait = 0; wait < 50 && entries("/proc/self/task") > threads; wait++)
        usleep(10000); /* a thread that has ended
          is seen in /proc for a moment longer */
    CHECK(entries("/proc/self/task") == threads);
    CHECK(entries("/proc/self/fd") == files);
}

/* After a call that used threads, a child made by fork can use the library, with threads too. */
static void forking_after_threads(void)
{
    round_of_evaluations(2);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60); /* a child that hangs dies */
        complaints = 0;
        round_of_evaluations(1);
        round_of_evaluations(2);
        round_of_relaxations(2);
        fflush(NULL);
        _exit(complaints ? 1 : 0);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    round_of_evaluations(2); /* and the parent goes on */
}

static void floating_point_mode_stays(void)
{
    const int modes[] = {FE_TONEAREST, FE_UPWARD};
    for (int i = 0; i < 2; i++) {
        fesetround(modes[i]);
        feclearexcept(FE_ALL_EXCEPT);
        round_of_evaluations(2);
        CHECK(fegetround() == modes[i]);
        CHECK(fegetexcept() == 0);
    }
    fesetround(FE_TONEAREST);
}

/* A host that lets division by zero and invalid operations trap must not be killed by a good structure. */
static void trapping_hosts_survive(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        complaints = 0;
        feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
        round_of_evaluations(1);
        round_of_relaxations(1);
        CHECK(fegetexcept() == (FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW));
        fflush(NULL);
        _exit(complaints ? 1 : 0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) complain(__FILE__, __LINE__, "signal %d", WTERMSIG(status));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void signals_stay(void)
{
    struct sigaction before[NSIG], after;
    sigset_t mask_before, mask_after;
    for (int s = 1; s < NSIG; s++) sigaction(s, NULL, &before[s]);
    sigprocmask(SIG_BLOCK, NULL, &mask_before);
    round_of_everything(2);
    for (int s = 1; s < NSIG; s++) {
        if (sigaction(s, NULL, &after) != 0) continue;
        CHECK(after.sa_handler == before[s].sa_handler && after.sa_flags == before[s].sa_flags);
    }
    sigprocmask(SIG_BLOCK, NULL, &mask_after);
    for (int s = 1; s < NSIG; s++) CHECK(sigismember(&mask_before, s) == sigismember(&mask_after, s));
}

/* Numbers are read and written with a point whatever the locale, and the locale stays. */
static void the_locale_stays_and_does_not_matter(void)
{
    const char *set = setlocale(LC_ALL, "de_DE.UTF-8");
    if (!set) set = setlocale(LC_ALL, "fr_FR.UTF-8");
    if (!set) set = setlocale(LC_ALL, "C.UTF-8");
    char before[256];
    snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));
    rm_model *model = golden_model("random-carbon-l3-nu3");
    CHECK(rm_model_cutoff(model) == 4.5);
    CHECK(strstr(rm_model_description(model), "4.5") != NULL);
    rm_model_free(&model);
    CHECK(strcmp(setlocale(LC_ALL, NULL), before) == 0);
    setlocale(LC_ALL, "C");
    if (!set) SKIP("no locale but C on this machine");
}

static void the_threads_of_the_blas_library_stay(void)
{
    union {
        void *object;
        int (*get)(void);
        void (*set)(int);
    } get, set; /* OpenBLAS came along with librm */
    get.object = dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
    set.object = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    if (!get.object || !set.object) SKIP("this BLAS library is not OpenBLAS");
    for (int threads = 1; threads <= 2; threads++) {
        set.set(threads);
        round_of_everything(2);
        CHECK(get.get() == threads);
    }
}

static void *evaluate_in_thread(void *user)
{
    const rm_model *model = user;
    golden_file *all = golden_read("random-organic-l3-nu4");
    rm_workspace *workspace = NULL;
    size_t wrong = rm_workspace_create(model, NULL, &workspace) != RM_OK;
    for (int round = 0; round < 10 && !wrong; round++)
        for (int i = 0; i < all->count; i++) {
            double energy = 0;
            const rm_results results = {.energy = &energy};
            wrong += rm_evaluate(workspace, &all->cases[i].structure, &results) != RM_OK;
            wrong += fabs(energy - *golden_values(&all->cases[i], "energy")) > 1e-11;
            rm_structure bad = all->cases[i].structure;
            bad.atom_count = -1 - i;
            wrong += rm_evaluate(workspace, &bad, &results) != RM_ERROR_ARGUMENT;
            wrong += strstr(rm_last_error(), "atom_count") == NULL; /* one's own message, not another thread's */
        }
    rm_workspace_free(&workspace);
    golden_free(all);
    return (void *)wrong;
}

static void one_model_for_many_threads(void)
{
    rm_model *model = golden_model("random-organic-l3-nu4");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, evaluate_in_thread, model);
    for (int i = 0; i < 4; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        CHECK(wrong == NULL);
    }
    rm_model_free(&model);
}

/* A host's thread may have a small stack: MPI and Fortran runtimes give 64 KiB to 2 MiB. */
static void threads_of_small_stack(void)
{
    rm_model *model = golden_model("random-organic-l3-nu4");
    pthread_attr_t attributes;
    pthread_t thread;
    void *wrong = model;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    CHECK(pthread_create(&thread, &attributes, evaluate_in_thread, model) == 0);
    pthread_join(thread, &wrong);
    CHECK(wrong == NULL);
    pthread_attr_destroy(&attributes);
    rm_model_free(&model);
}

/* Opening a pipe that nobody writes to would wait for ever. */
static void special_files_do_not_hang(void)
{
    const char *path = "build/tests/scratch/pipe";
    rm_model *model = NULL;
    remove(path);
    CHECK(mkfifo(path, 0600) == 0);
    alarm(60);
    CHECK(rm_model_load(path, &model) != RM_OK);
    alarm(0);
    remove(path);
}

int main(void)
{
    RUN(nothing_is_printed);
    RUN(no_threads_and_no_files_are_left);
    RUN(forking_after_threads);
    RUN(floating_point_mode_stays);
    RUN(trapping_hosts_survive);
    RUN(signals_stay);
    RUN(the_locale_stays_and_does_not_matter);
    RUN(the_threads_of_the_blas_library_stay);
    RUN(one_model_for_many_threads);
    RUN(threads_of_small_stack);
    RUN(special_files_do_not_hang);
    return finish();
}
