// Whether a call throws the Error that a user should see.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "common/base/error.h"

namespace rondo::store {

inline testing::AssertionResult throws(ErrorCode code, const std::string& text,
                                       const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    if (error.code() != code) return testing::AssertionFailure() << "another code, with: " << error.what();
    if (std::string(error.what()).find(text) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "no '" << text << "' in: " << error.what();
  }
  return testing::AssertionFailure() << "nothing was thrown";
}

}  // namespace rondo::store
