// Makes a KIM item of a shared library, without KIM's CMake functions: c++ -DITEM_NAME=... and
//   for the driver          nothing else;
//   for a portable model    -DMODEL_SIZE=bytes, in the folder of the model.safetensors that it carries.
#include <cstddef>

#include "KIM_CollectionItemType.hpp"
#include "KIM_FunctionTypes.hpp"
#include "KIM_LanguageName.hpp"
#include "KIM_ModelDriverHeaders.hpp"
#include "KIM_SharedLibrarySchema.hpp"

#define QUOTED(name) QUOTED_AS_IS(name)
#define QUOTED_AS_IS(name) #name

#ifdef MODEL_SIZE
__asm__(".section .rodata\n"
        ".globl response_matching_model\n"
        ".hidden response_matching_model\n"
        ".balign 16\n"
        "response_matching_model:\n"
        ".incbin \"model.safetensors\"\n"
        ".previous\n");
#endif

extern "C" {

using KIM::SHARED_LIBRARY_SCHEMA::SharedLibrarySchemaV2;

#ifdef MODEL_SIZE
extern const unsigned char response_matching_model[] __attribute__((visibility("hidden")));
static const SharedLibrarySchemaV2::EmbeddedFile files[] = {
    {"model.safetensors", MODEL_SIZE, response_matching_model}};
#else
KIM::ModelDriverCreateFunction response_matching_create;
#endif

// The two names that KIM looks for.
int kim_shared_library_schema_version = KIM_SHARED_LIBRARY_SCHEMA_VERSION;
SharedLibrarySchemaV2 kim_shared_library_schema = {
#ifdef MODEL_SIZE
    KIM::COLLECTION_ITEM_TYPE::portableModel,
    QUOTED(ITEM_NAME),
    KIM::LANGUAGE_NAME::cpp,
    nullptr,
    "ResponseMatching",
    nullptr, // no simulator model
    1,
    files,
#else
    KIM::COLLECTION_ITEM_TYPE::modelDriver,
    QUOTED(ITEM_NAME),
    KIM::LANGUAGE_NAME::cpp,
    reinterpret_cast<KIM::Function *>(response_matching_create),
    nullptr, // no other driver
    nullptr, // no simulator model
    0,
    nullptr,
#endif
    0, // no metadata
    nullptr,
};
}
